"""The dialects by the name of their client. On the hook path: builtins only."""

DIALECTS = ("claude", "codex", "gemini", "copilot", "cursor", "opencode")


def load_dialect(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - a module, and `types` is one too many here
    """The module of a dialect. `name`: one of DIALECTS."""
    return __import__(f"agentgrid.hooks.dialects.{name}", None, None, ["find_paths"])
