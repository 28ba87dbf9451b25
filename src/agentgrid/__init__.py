"""agentgrid: many coding agents on one git repository, without getting in each other's way.

The public names are handed out lazily: git hooks import this package in a process that lives 15 ms.
"""

__version__ = "0.1.0"

__all__ = ["AgentGridError", "Grid", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Grid":
        from agentgrid.grid import Grid

        return Grid
    if name == "AgentGridError":
        from agentgrid.errors import AgentGridError

        return AgentGridError
    raise AttributeError(f"module 'agentgrid' has no attribute {name!r}")
