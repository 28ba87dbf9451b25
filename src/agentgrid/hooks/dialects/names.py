"""The dialects by the name of their client. On the hook path: builtins only."""

DIALECTS = ("claude", "codex", "gemini", "copilot", "cursor", "opencode")
# Where their hooks stand in a worktree (workspace/clients/known.py).
HOOK_FILES = (
    b".claude/settings.local.json", b".codex/hooks.json", b".gemini/settings.json", b".github/hooks/agentgrid.json",
    b".cursor/hooks.json", b".opencode/plugin/agentgrid.js",
)  # fmt: skip


def load_dialect(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - a module, and `types` is one too many here
    """The module of a dialect. `name`: one of DIALECTS."""
    return __import__(f"agentgrid.hooks.dialects.{name}", None, None, ["find_paths"])
