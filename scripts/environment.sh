# shellcheck shell=bash
# Sourced by the scripts beside it: finds Python and git, makes .venv at the top of the repository and installs into
# it when pyproject.toml has changed. Runs with bash 3.2, which is what macOS has.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv="$root/.venv"
venv_python="$venv/bin/python"
stamp="$venv/.agentgrid-installed"

say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    for hint in ${1+"$@"}; do printf 'hint: %s\n' "$hint" >&2; done
    exit 3
}

can_install_packages() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

install_packages() {
    say "Installing with apt-get: $*"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

is_new_enough_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# A version manager's shim may be on PATH and still not run: what counts is that the interpreter answers.
find_python() {
    local candidate
    for candidate in ${PYTHON+"$PYTHON"} python3.14 python3.13 python3.12 python3.11 python3 python; do
        if is_new_enough_python "$candidate"; then
            command -v "$candidate"
            return 0
        fi
        if [ "$candidate" = "${PYTHON-}" ]; then
            fail "PYTHON=$PYTHON is not a Python 3.11 or newer"
        fi
    done
    fail "Python 3.11 or newer was not found on PATH (looked for python3.14 down to python3.11, then python3)" \
        "install it: apt-get install python3, brew install python, or uv python install" \
        "or name one: PYTHON=/path/to/python $0"
}

require_git() {
    if ! command -v git >/dev/null 2>&1; then
        if ! can_install_packages || ! install_packages git; then
            fail "git was not found on PATH" "install git 2.38 or newer"
        fi
    fi
    local version major minor
    version=$(git --version | sed -n 's/^git version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')
    major=${version%%.*}
    minor=${version#*.}
    if [ -z "$version" ] || [ "$major" -lt 2 ] || { [ "$major" -eq 2 ] && [ "$minor" -lt 38 ]; }; then
        fail "git 2.38 or newer is needed; $(command -v git) is ${version:-of an unknown version}" \
            "brew install git, or a newer release of the system"
    fi
}

make_virtual_environment() {
    local python
    if is_new_enough_python "$venv_python" && [ "$(cat "$venv/.agentgrid-root" 2>/dev/null || echo "$root")" = "$root" ]; then
        return 0
    fi
    python=$(find_python) || exit $?
    say "Making a virtual environment in $venv with $python"
    create_virtual_environment "$python" || fail "the virtual environment could not be made in $venv"
    printf '%s\n' "$root" >"$venv/.agentgrid-root"
}

create_virtual_environment() {
    local python=$1 package
    if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        "$python" -m venv --clear "$venv"
        return
    fi
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --clear --python "$python" "$venv"
        return
    fi
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if can_install_packages && install_packages "$package"; then
        "$python" -m venv --clear "$venv"
        return
    fi
    fail "$python comes without venv and ensurepip, so no virtual environment can be made" \
        "sudo apt-get install $package"
}

# $1: the extra to install with the package ("" for none). What was installed with an extra serves without it too.
install_package() {
    local wanted extra=$1 target=$root
    [ -z "$extra" ] || target="${root}[$extra]"
    wanted=$(cksum <"$root/pyproject.toml")
    if [ -f "$stamp" ] && grep -qxF "$wanted [$extra]" "$stamp"; then
        return 0
    fi
    say "Installing agentgrid${extra:+ with what its tests need} into .venv (takes a minute the first time)"
    pip_install --editable "$target" || fail "the installation failed" "see what pip said above; is a package index reachable?"
    [ "$(head -n 1 "$stamp" 2>/dev/null | cut -d' ' -f1,2)" = "$wanted" ] || : >"$stamp"
    printf '%s [%s]\n' "$wanted" "$extra" >>"$stamp"
    [ -z "$extra" ] || printf '%s []\n' "$wanted" >>"$stamp"
}

pip_install() {
    local quiet=--quiet
    [ -t 2 ] && quiet=--progress-bar=on
    if "$venv_python" -m pip --version >/dev/null 2>&1 || "$venv_python" -m ensurepip >/dev/null 2>&1; then
        "$venv_python" -m pip install --disable-pip-version-check "$quiet" "$@" >&2
    elif command -v uv >/dev/null 2>&1; then
        uv pip install --python "$venv_python" "$@" >&2
    else
        fail "$venv has no pip" "rm -r $venv, then run this again"
    fi
}

# Programs of other people that tests let loose on an agent's hooks, look at a page with, or try migrations on. Where
# one can't be had, its tests say so.
install_test_tools() {
    if ! command -v git-lfs >/dev/null 2>&1 && can_install_packages; then
        install_packages git-lfs || say "git-lfs could not be installed"
    fi
    install_browser
    install_postgresql
    install_agent_clients
}

# Hosted runners, where apt-get is not ours, have a Chrome already.
install_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
        if command -v "$name" >/dev/null 2>&1; then
            return 0
        fi
    done
    if can_install_packages; then
        install_packages chromium || say "chromium could not be installed"
    fi
}

# The server's programs; the tests start one of their own, in a directory of their own.
install_postgresql() {
    if has_postgresql; then
        return 0
    fi
    if can_install_packages; then
        install_packages postgresql || say "postgresql could not be installed"
    elif [ "${CI-}" = true ] && command -v brew >/dev/null 2>&1; then
        brew install --quiet postgresql@17 >&2 || say "postgresql could not be installed"
    fi
    has_postgresql || miss_postgresql
}

has_postgresql() {
    local program
    for program in "$(command -v initdb)" /usr/lib/postgresql/*/bin/initdb /opt/homebrew/opt/postgresql*/bin/initdb \
        /usr/local/opt/postgresql*/bin/initdb; do
        if [ -x "$program" ]; then
            return 0
        fi
    done
    return 1
}

miss_postgresql() {
    if [ "${CI-}" = true ]; then
        fail "PostgreSQL was not found, and in CI its tests must run" \
            "apt-get install postgresql, or brew install postgresql"
    fi
    say "PostgreSQL was not found: its tests are skipped"
}

# Coding agents' own clients, in the versions that their tests hold for. npm brings a native program for each.
agent_clients="@anthropic-ai/claude-code@~2.1.332 @openai/codex@~0.169.0"

install_agent_clients() {
    local place="$venv/agent-clis"
    if [ "$(cat "$place/installed" 2>/dev/null)" = "$agent_clients" ]; then
        return 0
    fi
    rm -f "$place/installed"
    if ! command -v npm >/dev/null 2>&1 && { ! can_install_packages || ! install_packages npm; }; then
        miss_agent_clients "npm was not found on PATH"
        return 0
    fi
    say "Installing $agent_clients into .venv (800 MB)"
    if fetch_agent_clients "$place"; then
        printf '%s\n' "$agent_clients" >"$place/installed"
    else
        miss_agent_clients "npm could not install $agent_clients"
    fi
}

# That the programs start is asked too: an npm that runs no install scripts leaves a placeholder.
fetch_agent_clients() {
    local place=$1
    # shellcheck disable=SC2086 # two packages
    npm install --prefix "$place" --no-audit --no-fund --no-update-notifier --loglevel=error $agent_clients >&2 &&
        "$place/node_modules/.bin/claude" --version >/dev/null &&
        "$place/node_modules/.bin/codex" --version >/dev/null
}

miss_agent_clients() {
    if [ "${CI-}" = true ]; then
        fail "$1, and in CI the tests of agents' clients must run" "apt-get install npm, or brew install node"
    fi
    say "$1: the tests of agents' clients are skipped"
}

# $1: the extra, or "". Afterwards the environment's programs come first on PATH.
prepare_environment() {
    require_git
    make_virtual_environment
    install_package "$1"
    unset PYTHONHOME PYTHONPATH
    PATH="$venv/bin:$PATH"
    export PATH
}
