"""Claude Code, PreToolUse: one path a call, absolute. Allowing says nothing, so that a person is still asked whatever
their own settings ask. On the hook path: builtins only."""

from agentgrid.hooks.dialects import fields
from agentgrid.hooks.dialects.fields import Answer, Event

# `path`: Copilot runs Claude Code's hooks too, under Claude's names of tools and its own names of arguments.
EDITS = {
    "Write": ("file_path", "path"),
    "Edit": ("file_path", "path"),
    "MultiEdit": ("file_path", "path"),
    "NotebookEdit": ("notebook_path", "file_path"),
}
MATCHER = "Edit|Write|MultiEdit|NotebookEdit"


def find_paths(event: Event) -> list[str] | None:
    if event.get("hook_event_name", "PreToolUse") != "PreToolUse":
        return None
    names = EDITS.get(fields.text(event, "tool_name"))
    return None if names is None else [fields.text(fields.mapping(event, "tool_input"), *names)]


def find_directory(event: Event) -> str | None:
    return fields.directory(event, "cwd")


def allow() -> Answer:
    return "", "", 0


def warn(words: str) -> Answer:
    """Lets the edit through as `allow` does, and tells the agent something."""
    told: Event = {"hookEventName": "PreToolUse", "additionalContext": words}
    return fields.dump({"hookSpecificOutput": told}), "", 0


def deny(reason: str) -> Answer:
    verdict: Event = {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": reason,
    }
    return fields.dump({"hookSpecificOutput": verdict}), "", 0
