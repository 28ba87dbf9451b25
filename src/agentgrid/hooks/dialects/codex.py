"""Codex, PreToolUse: a patch of many paths, relative to where it stands; the shell may be given one as well. Answers
are Claude Code's. On the hook path: builtins only."""

from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.claude import EDITS, allow, deny, warn
from agentgrid.hooks.dialects.fields import Event, Unreadable
from agentgrid.hooks.dialects.patches import BEGIN, find_patched

__all__ = ["allow", "deny", "find_directory", "find_paths", "warn"]

MATCHER = "apply_patch|Edit|Write|Bash"
_PATCHES = ("command", "input", "patch")
_SHELLS = ("Bash", "shell", "local_shell", "exec_command", "shell_command", "unified_exec")


def find_paths(event: Event) -> list[str] | None:
    if event.get("hook_event_name", "PreToolUse") != "PreToolUse":
        return None
    tool = fields.text(event, "tool_name")
    if tool == "apply_patch":
        return find_patched(_command(fields.mapping(event, "tool_input"), *_PATCHES))
    if tool in EDITS:
        return [fields.text(fields.mapping(event, "tool_input"), *EDITS[tool])]
    if tool not in _SHELLS:
        return None
    command = _command(fields.mapping(event, "tool_input"), "command", "cmd")
    return find_patched(command) if BEGIN in command else None


def find_directory(event: Event) -> str | None:
    """Where the patch's paths start. A shell's own directory is `cwd` already; its command may go elsewhere."""
    here = fields.directory(event, "cwd")
    asked = event.get("tool_input")
    if not isinstance(asked, dict) or event.get("tool_name") not in _SHELLS:
        return here
    return _entered(here, _command(asked, "command", "cmd"))


def _entered(here: str | None, command: str) -> str | None:
    """`cd DIRECTORY && apply_patch` is the one way in that the client itself knows."""
    head = command.partition(BEGIN)[0]
    if "cd " not in head:
        return here
    import shlex

    try:
        words = shlex.split(head.partition("<<")[0])
    except ValueError:
        words = []
    if len(words) != 4 or words[0] != "cd" or words[2] != "&&" or "apply" not in words[3]:
        raise Unreadable("nobody can tell from where its paths start: name them from the top of the worktree")
    return words[1] if words[1].startswith("/") else f"{here}/{words[1]}" if here else None


def _command(asked: Event, *names: str) -> str:
    """A command line, or the text of a patch: as one string or as words."""
    for name in names:
        found = asked.get(name)
        if isinstance(found, list) and found and all(isinstance(word, str) for word in found):
            script = len(found) == 3 and str(found[1]).startswith("-")  # a shell, -lc, its script
            return str(found[2]) if script else "\n".join(map(str, found))
    return fields.text(asked, *names)
