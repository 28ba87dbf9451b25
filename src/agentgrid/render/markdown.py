"""Pieces of Markdown that hold whatever text stands in them: GitHub's and GitLab's dialect."""

import re
from collections.abc import Iterable, Sequence

from agentgrid.git.paths import show_path

_SPECIAL = re.compile(r"[\\`*_\[\]|~<>&$@#]|^[-+]")
_BY_NUMBER = frozenset("<>&|")
_CALLING = frozenset("@#")  # people and issues are found in the text that is left, so it must not stand in one piece


def plain(text: str) -> str:
    """Text that means nothing but itself, on one line; a name after @ calls nobody."""
    shown = show_path(text.encode("utf-8", "surrogateescape"))
    return _SPECIAL.sub(_escape, shown).replace("://", ":&#47;/")


def code(text: str) -> str:
    """Text as code, in a table too: backticks and bars in it are harmless."""
    shown = show_path(text.encode("utf-8", "surrogateescape")).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def path_code(path: bytes) -> str:
    return code(show_path(path))


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown already."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def details(summary: str, body: str) -> str:
    """A block that is folded until somebody opens it. `summary`: plain text."""
    return f"<details>\n<summary>{plain_html(summary)}</summary>\n\n{body}\n\n</details>"


def plain_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape(found: re.Match[str]) -> str:
    sign = found.group()
    if sign in _CALLING:
        return f"{sign}<!-- -->"
    return f"&#{ord(sign)};" if sign in _BY_NUMBER else f"\\{sign}"
