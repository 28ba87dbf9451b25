"""opencode: our own plugin hands over `{"tool", "args", "cwd"}`, and throws what it reads on stderr when the exit code
isn't 0. On the hook path: builtins only."""

from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.fields import Answer, Event
from agentgrid.hooks.dialects.patches import find_patched

_EDITS = ("write", "edit", "multiedit")
_PATCHES = ("patch", "apply_patch")


def find_paths(event: Event) -> list[str] | None:
    tool = fields.text(event, "tool")
    if tool in _PATCHES:
        return find_patched(fields.text(fields.mapping(event, "args"), "patchText", "patch", "input"))
    return [fields.text(fields.mapping(event, "args"), "filePath", "file_path", "path")] if tool in _EDITS else None


def find_directory(event: Event) -> str | None:
    return fields.directory(event, "cwd")


def allow() -> Answer:
    return "", "", 0


def deny(reason: str) -> Answer:
    return "", reason + "\n", 1
