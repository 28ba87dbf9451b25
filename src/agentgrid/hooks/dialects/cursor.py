"""Cursor, preToolUse: wants to be told either way. On the hook path: builtins only."""

from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.fields import Answer, Event

MATCHER = "Write|Edit|StrReplace|MultiEdit|Delete|EditNotebook"
_EDITS = tuple(MATCHER.split("|"))


def find_paths(event: Event) -> list[str] | None:
    if event.get("hook_event_name", "preToolUse") != "preToolUse":
        return None
    if fields.text(event, "tool_name") not in _EDITS:
        return None
    asked = fields.mapping(event, "tool_input")
    return [fields.text(asked, "file_path", "path", "target_file", "filePath", "target_notebook")]


def find_directory(event: Event) -> str | None:
    return fields.directory(event, "cwd")


def allow() -> Answer:
    return '{"permission":"allow"}\n', "", 0


def deny(reason: str) -> Answer:
    return fields.dump({"permission": "deny", "user_message": reason, "agent_message": reason}), "", 0
