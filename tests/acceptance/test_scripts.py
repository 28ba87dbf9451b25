"""The set-up scripts say what is missing, once, with the command that mends it; nothing here reaches the network."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("bash", "cat", "cksum", "cut", "dirname", "git", "grep", "head", "rm", "sed")
PYTHON_WITHOUT_VENV = """\
#!/bin/sh
case "$2" in
  *ensurepip*) exit 1 ;;
  *venv*) echo python3.11-venv ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts in a directory of their own, with a PATH of few programs and no administrator's rights."""
    top = tmp_path / "check out"
    shutil.copytree(ROOT / "scripts", top / "scripts")
    shutil.copy(ROOT / "pyproject.toml", top)
    programs = top / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool) or pytest.fail(f"{tool} is not on PATH"))
    put_program(top, "id", "#!/bin/sh\necho 1000\n")
    return top


def put_program(top: Path, name: str, script: str) -> None:
    program = top / "bin" / name
    program.unlink(missing_ok=True)
    program.write_text(script, encoding="utf-8")
    program.chmod(0o755)


def run_script(top: Path, name: str) -> tuple[int, str]:
    """Exit code and everything said, run from a directory that has nothing to do with the checkout."""
    environment = {**os.environ, "PATH": str(top / "bin")}
    done = subprocess.run(
        [top / "scripts" / name],
        cwd="/",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("script", ["quickstart", "test"])
def test_without_a_python_of_today_the_scripts_say_which_is_needed(checkout: Path, script: str) -> None:
    put_program(checkout, "python3.14", "#!/bin/sh\nexit 127\n")
    put_program(checkout, "python3", "#!/bin/sh\nexit 1\n")

    code, said = run_script(checkout, script)

    assert code == 3
    assert said.splitlines() == [
        "error: Python 3.11 or newer was not found on PATH (looked for python3.14 down to python3.11, then python3)",
        "hint: install it: apt-get install python3, brew install python, or uv python install",
        f"hint: or name one: PYTHON=/path/to/python {checkout}/scripts/{script}",
    ]
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("version", ["2.37.1", "1.9.5 (Apple Git-50)"])
def test_an_old_git_is_refused(checkout: Path, version: str) -> None:
    put_program(checkout, "git", f"#!/bin/sh\necho 'git version {version}'\n")

    code, said = run_script(checkout, "quickstart")

    assert code == 3
    short = ".".join(version.split(".")[:2])
    assert said.startswith(f"error: git 2.38 or newer is needed; {checkout}/bin/git is {short}\n")


def test_without_git_the_scripts_say_so(checkout: Path) -> None:
    (checkout / "bin" / "git").unlink()

    assert run_script(checkout, "test") == (3, "error: git was not found on PATH\nhint: install git 2.38 or newer\n")


def test_a_python_without_venv_gets_the_command_that_installs_it(checkout: Path) -> None:
    put_program(checkout, "python3.11", PYTHON_WITHOUT_VENV)

    code, said = run_script(checkout, "quickstart")

    assert code == 3
    assert said.splitlines()[-2:] == [
        f"error: {checkout}/bin/python3.11 comes without venv and ensurepip, so no virtual environment can be made",
        "hint: sudo apt-get install python3.11-venv",
    ]


def test_a_python_without_venv_is_served_by_uv_where_there_is_one(checkout: Path) -> None:
    put_program(checkout, "python3.11", PYTHON_WITHOUT_VENV)
    put_program(checkout, "uv", '#!/bin/sh\necho "uv $*" >&2\nexit 1\n')

    code, said = run_script(checkout, "quickstart")

    assert code == 3
    assert f"uv venv --quiet --seed --clear --python {checkout}/bin/python3.11 {checkout}/.venv\n" in said


def test_what_is_installed_already_is_not_installed_again(checkout: Path) -> None:
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "agentgrid"):
        (programs / name).write_text(f'#!/bin/sh\n[ "$1" = -c ] || echo "{name} $*"\n', encoding="utf-8")
        (programs / name).chmod(0o755)

    first = run_script(checkout, "quickstart")
    second = run_script(checkout, "quickstart")
    (checkout / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    third = run_script(checkout, "quickstart")

    assert [f"--editable {checkout}" in said for _, said in (first, second, third)] == [True, False, True]
    assert [said.splitlines()[-1] for _, said in (first, second, third)] == ["agentgrid demo"] * 3


def test_a_check_that_fails_is_named_last_and_fails_the_script(checkout: Path) -> None:
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text('#!/bin/sh\n[ "$2" != mypy ]\n', encoding="utf-8")
    (programs / "python").chmod(0o755)

    code, said = run_script(checkout, "test")

    assert code == 1
    assert said.splitlines()[-2:] == ["==> pytest", "failed: mypy"]


@pytest.fixture
def installed(checkout: Path) -> Path:
    """A checkout whose environment is made, and whose checks all pass."""
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text("#!/bin/sh\n", encoding="utf-8")
    (programs / "python").chmod(0o755)
    return checkout


def test_without_npm_the_tests_of_agents_clients_are_skipped(installed: Path) -> None:
    code, said = run_script(installed, "test")

    assert (code, said.splitlines()[-1]) == (0, "==> All passed")
    assert "==> npm was not found on PATH: the tests of agents' clients are skipped\n" in said


def test_in_ci_the_tests_of_agents_clients_are_not_skipped(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    code, said = run_script(installed, "test")

    assert code == 3
    assert said.splitlines()[-2:] == [
        "error: npm was not found on PATH, and in CI the tests of agents' clients must run",
        "hint: apt-get install npm, or brew install node",
    ]


@pytest.mark.parametrize(("npm", "program"), [("exit 1", "exit 0"), ("exit 0", "exit 1")], ids=["npm", "program"])
def test_agents_clients_that_npm_cannot_install_or_that_do_not_start_fail_in_ci(
    installed: Path, monkeypatch: pytest.MonkeyPatch, npm: str, program: str
) -> None:
    monkeypatch.setenv("CI", "true")
    put_agent_clients(installed, npm, program)

    code, said = run_script(installed, "test")

    assert code == 3
    assert "error: npm could not install @anthropic-ai/claude-code" in said


def test_agents_clients_are_installed_once(installed: Path) -> None:
    put_agent_clients(installed, "exit 0", "exit 0")

    first, second = run_script(installed, "test"), run_script(installed, "test")

    assert [code for code, _ in (first, second)] == [0, 0]
    assert [f"npm install --prefix {installed}/.venv/agent-clis" in said for _, said in (first, second)] == [
        True,
        False,
    ]


def put_agent_clients(top: Path, npm: str, program: str) -> None:
    """An npm that ends as `npm` says, and brings programs that end as `program` says."""
    put_program(top, "npm", f'#!/bin/sh\necho "npm $*"\n{npm}\n')
    programs = top / ".venv/agent-clis/node_modules/.bin"
    programs.mkdir(parents=True)
    for name in ("claude", "codex"):
        (programs / name).write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
