"""`.cursor/worktrees.json`: the set-up commands that a repository gives the Cursor editor for its worktrees.

Its form, as documented there: `setup-worktree-unix`, else `setup-worktree`; a list of shell commands, or the name of a
script beside the file. ROOT_WORKTREE_PATH is the main worktree.
"""

import json
import os
import shlex
from pathlib import Path

from agentgrid.errors import ConfigError, ConfigProblem
from agentgrid.workspace.setup.commands import SetupCommand

CURSOR_FILE = ".cursor/worktrees.json"
_KEYS = ("setup-worktree-unix", "setup-worktree")
_ACCEPTED = "a list of commands, or the name of a script in .cursor"


def read_cursor_commands(main: Path) -> list[SetupCommand]:
    """The commands; none without the file. Raises ConfigError when it isn't what Cursor reads."""
    try:
        content = (main / CURSOR_FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _problem(None, "", f"can't be read: {error.strerror}") from error
    value = _parse(content)
    key = next((each for each in _KEYS if each in value), None)
    if key is None:
        return []
    named = value[key]
    if isinstance(named, str):
        return [_read_script(main, key, named)]
    if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
        raise _problem(None, key, f"{json.dumps(named)[:60]} is no set-up", accepted=_ACCEPTED)
    return [SetupCommand(each, f"{CURSOR_FILE} {key}") for each in named if each.strip()]


def _parse(content: bytes) -> dict[str, object]:
    try:
        value = json.loads(content)
    except json.JSONDecodeError as error:
        raise _problem(error.lineno, "", f"not JSON: {error.msg}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise _problem(None, "", f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise _problem(1, "", "is no object", accepted=f"an object with {_KEYS[1]}")
    return value


def _read_script(main: Path, key: str, named: str) -> SetupCommand:
    script = Path(os.path.normpath(main / ".cursor" / named))
    if not os.path.realpath(script).startswith(os.path.realpath(main) + os.sep):
        raise _problem(None, key, f"{named!r} is outside the repository", accepted=_ACCEPTED)
    try:
        content = script.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise _problem(None, key, f"{named!r} can't be read: {error.strerror}", accepted=_ACCEPTED) from error
    text = shlex.join([*([] if os.access(script, os.X_OK) else ["sh"]), str(script)])
    return SetupCommand(text, f"{CURSOR_FILE} {key}", script=script, script_content=content)


def _problem(line: int | None, key: str, message: str, accepted: str | None = None) -> ConfigError:
    return ConfigError([ConfigProblem(CURSOR_FILE, line, key, message, accepted=accepted)],
                       hint="mend the file, or give the commands in agentgrid.yaml: setup.run")  # fmt: skip
