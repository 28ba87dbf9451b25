"""Gemini CLI, BeforeTool: one path a call. Nothing but the answer may be on stdout. On the hook path: builtins only."""

from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.fields import Answer, Event

MATCHER = "write_file|replace"
_EDITS = ("write_file", "replace", "edit")


def find_paths(event: Event) -> list[str] | None:
    if event.get("hook_event_name", "BeforeTool") != "BeforeTool":
        return None
    if fields.text(event, "tool_name") not in _EDITS:
        return None
    return [fields.text(fields.mapping(event, "tool_input"), "file_path", "absolute_path")]


def find_directory(event: Event) -> str | None:
    return fields.directory(event, "cwd")


def allow() -> Answer:
    return "", "", 0


def warn(words: str) -> Answer:
    """Lets the edit through as `allow` does; what is said, a person reads."""
    return fields.dump({"systemMessage": words}), "", 0


def deny(reason: str) -> Answer:
    return fields.dump({"decision": "deny", "reason": reason}), "", 0
