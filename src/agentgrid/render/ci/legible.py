"""Text of findings that every format can carry: no lone surrogates, no bytes that aren't UTF-8, no control characters.

A path is shown as it is wherever that is valid text; only bytes that aren't UTF-8 are escaped.
"""

import re

from agentgrid.boundaries.findings import Finding

# What XML 1.0 allows no document to contain, also not as a reference; the other formats lose nothing by it either.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")


def legible(text: str) -> str:
    """`text` with whatever no format can carry replaced: by its number for a byte, else by U+FFFD."""
    return _FORBIDDEN.sub(_replace, text)


def legible_path(path: bytes) -> str:
    """A path as text; bytes that aren't UTF-8 by their numbers, after a backslash."""
    return path.decode("utf-8", "backslashreplace")


def describe(finding: Finding) -> str:
    """What is wrong in one sentence; where it is stands beside it."""
    return legible(finding.message)


def advise(finding: Finding) -> str:
    """The same, with what to do about it on a line of its own."""
    return describe(finding) + (f"\n{legible(finding.hint)}" if finding.hint else "")


def _replace(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else "\ufffd"
