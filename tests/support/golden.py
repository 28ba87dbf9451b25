"""Whole outputs kept in files: `golden/NAME.txt` beside the test, with ids, times and places made the same."""

import re
from collections.abc import Mapping
from pathlib import Path


def same_everywhere(text: str, places: Mapping[str, Path]) -> str:
    """`text` with each place by its name (`<top>`), commit ids as `<id>`, ages as `<ago>`."""
    for name, place in sorted(places.items(), key=lambda each: -len(str(each[1]))):
        text = text.replace(str(place), f"<{name}>")
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{10}([0-9a-f]{30})?\b", "<id>", text)
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b", "<key>", text)
    text = re.sub(r"\b\d+[smhd] ago\b", "<ago>", text)
    text = re.sub(r"\b[\d.]+ kB", "<size>", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "<time>", text)
    return "\n".join(re.sub(r"\s{2,}", "  ", line).rstrip() for line in text.splitlines()) + "\n"


def require_golden(file: Path, text: str) -> None:
    """Compares with the file. Where there is none yet, writes it and fails, so that somebody reads it."""
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        raise AssertionError(f"{file} was written: read it, then run this again")
    assert text == file.read_text(encoding="utf-8")
