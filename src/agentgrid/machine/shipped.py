"""Files that travel with the program: agent profiles and templates, in a wheel or in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_directory(name: str) -> Path:
    """`config/agents` or `templates`, wherever this installation keeps it."""
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent.parent / name
