"""An environment that nothing of the machine leaks into: own home and git configuration, fixed locale."""

import os
from pathlib import Path

PINNED_DATE = "2025-03-03T09:00:00+00:00"

GIT_CONFIG = """\
[user]
\tname = Test Person
\temail = person@example.invalid
[init]
\tdefaultBranch = main
[commit]
\tgpgsign = false
[tag]
\tgpgsign = false
[protocol "file"]
\tallow = always
[safe]
\tdirectory = *
[gc]
\tauto = 0
[maintenance]
\tauto = false
[core]
\tautocrlf = false
"""

_LEAKY_PREFIXES = (
    "GIT_", "XDG_", "AGENTGRID_", "PYTHON", "PYTEST_", "LC_", "COV_", "ANTHROPIC_", "CLAUDE", "CODEX_", "OPENAI_",
)  # fmt: skip
_LEAKY_NAMES = frozenset({
    "AGENT_ID", "CI", "CLICOLOR", "CLICOLOR_FORCE", "EDITOR", "FORCE_COLOR", "GITHUB_ACTIONS", "LANG",
    "LANGUAGE", "LINES", "PAGER", "TTY_COMPATIBLE", "VISUAL",
})  # fmt: skip


def hermetic_environment(home: Path) -> dict[str, str]:
    """A whole process environment whose HOME is `home`; writes the global git configuration there.

    What stays of the caller's: PATH and the like, so that programs are found. Git's dates are not pinned.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _LEAKY_NAMES and not name.startswith(_LEAKY_PREFIXES)
    }
    home.mkdir(parents=True, exist_ok=True)
    (home / ".gitconfig").write_text(GIT_CONFIG, encoding="utf-8")
    kept.update({
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_RUNTIME_DIR": str(home / ".run"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TERM": "dumb",
        "TZ": "UTC",
    })  # fmt: skip
    return kept
