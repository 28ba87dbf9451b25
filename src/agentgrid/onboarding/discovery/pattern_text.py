"""Paths as gitignore patterns, and as names of services and areas."""

import re
import unicodedata

_SPECIAL = re.compile(r"([\\*?\[])")


def is_writable(path: str) -> bool:
    """Whether a configuration file can say this path: no bytes outside UTF-8, no control or invisible characters."""
    return all(map(_is_visible, path))


def show_path(text: str) -> str:
    """`text` for one line that people read: what can't be shown becomes `?`."""
    return "".join(character if _is_visible(character) else "?" for character in text)


def _is_visible(character: str) -> bool:
    return not unicodedata.category(character).startswith(("C", "Zl", "Zp"))


def escape_path(path: str) -> str:
    """The gitignore pattern that matches this very path (as `git check-ignore` reads it)."""
    escaped = _SPECIAL.sub(r"\\\1", path)
    if escaped.startswith(("!", "#")):
        escaped = "\\" + escaped
    return f"{escaped[:-1]}\\ " if escaped.endswith(" ") else escaped


def folder_pattern(folder: str) -> str:
    """Everything below `folder`, from the root: `services/api/**`."""
    return f"{escape_path(folder + '/')}**"


def file_pattern(path: str) -> str:
    """One file, from the root: `/pnpm-lock.yaml`. The slash keeps it from matching at every depth."""
    return escape_path(f"/{path}")


def to_service_name(text: str) -> str:
    """`text` as a service may be called: `Billing & Käse` becomes `Billing-Kase`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", plain).strip("-.")
    return name or "service"


def to_area(text: str) -> str:
    """`text` as the area in a branch name, where git refuses `..`, a final dot and `.lock`."""
    area = re.sub(r"\.\.+", ".", to_service_name(text)).lstrip("_-.")
    return area.removesuffix(".lock").rstrip(".") or "work"
