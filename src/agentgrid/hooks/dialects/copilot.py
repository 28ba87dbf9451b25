"""GitHub Copilot CLI, preToolUse: camelCase, arguments as an object or as its JSON. On the hook path: builtins only."""

from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.fields import Answer, Event, Unreadable
from agentgrid.hooks.dialects.patches import find_patched

_EDITS = ("create", "edit", "write", "insert", "str_replace")
_PATHS = ("path", "file_path", "filePath")


def find_paths(event: Event) -> list[str] | None:
    tool = fields.text(event, "toolName")
    if tool == "apply_patch":
        return find_patched(_find_patch(event.get("toolArgs")))
    if tool == "str_replace_editor":
        asked = _read_arguments(event)
        return None if asked.get("command") == "view" else [fields.text(asked, *_PATHS)]
    return [fields.text(_read_arguments(event), *_PATHS)] if tool in _EDITS else None


def find_directory(event: Event) -> str | None:
    return fields.directory(event, "cwd")


def allow() -> Answer:
    return "", "", 0


def warn(words: str) -> Answer:
    """Lets the edit through as `allow` does, and tells the agent something."""
    return fields.dump({"additionalContext": words}), "", 0


def deny(reason: str) -> Answer:
    return fields.dump({"permissionDecision": "deny", "permissionDecisionReason": reason}), "", 0


def _read_arguments(event: Event) -> Event:
    found = event.get("toolArgs")
    if isinstance(found, str):
        from agentgrid.hooks.dialects.scanning import parse_object

        try:
            return parse_object(found)
        except ValueError as error:
            raise Unreadable("'toolArgs' is no JSON object") from error
    return fields.mapping(event, "toolArgs")


def _find_patch(arguments: object) -> str:
    """The patch itself, or an object that has it."""
    if isinstance(arguments, str) and not arguments.lstrip().startswith("{"):
        return arguments
    return fields.text(_read_arguments({"toolArgs": arguments}), "input", "patch", "command")
