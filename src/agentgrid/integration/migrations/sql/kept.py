"""What can be told of a statement that is only kept: by the words in it. It tells too much rather than too little."""

import re

_PART = r'(?:"[^"]+"|`[^`]+`|\[[^\]]+\]|[A-Za-z_][\w$]*)'
_NAMED = rf"(?P<name>{_PART}(?:\s*\.\s*{_PART})*)"
_OPTIONAL = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+|ONLY\s+|CONCURRENTLY\s+)*"
_TABLE = re.compile(
    rf"\b(?:TABLE|INTO|UPDATE|FROM|JOIN|ON|TRUNCATE)\s+{_OPTIONAL}{_NAMED}", re.IGNORECASE
)  # fmt: skip
_ROUTINE = re.compile(r"\s*(?:CREATE|ALTER)\s+(?:OR\s+REPLACE\s+|DEFINER\s*=\s*\S+\s+|CONSTRAINT\s+|TEMP(?:ORARY)?\s+)*"
                      r"(?P<kind>FUNCTION|PROCEDURE|TRIGGER|PACKAGE|EVENT)\b", re.IGNORECASE)  # fmt: skip
_TRIGGERED = re.compile(rf"\bON\s+{_NAMED}", re.IGNORECASE)
_NO_TABLE = frozenset(
    """TABLE DELETE UPDATE INSERT CONFLICT SELECT SET COLUMN CASCADE TO ALL COMMIT STDIN STDOUT EACH ROW STATEMENT NULL
    NO DO OF OR ON IN THE DATABASE SCHEMA TYPE FUNCTION INDEX VIEW SEQUENCE DUPLICATE PUBLIC CURRENT_USER""".split()  # noqa: SIM905 - read as a list of words
)
_LOSSES = (
    (rf"\bDROP\s+(?P<kind>TABLE|SCHEMA|DATABASE|COLUMN|OWNED|PARTITION)\b\s*(?:BY\s+)?{_OPTIONAL}{_NAMED}?",
     "drops the {kind} {name}"),
    (rf"\bTRUNCATE\s+(?:TABLE\s+)?{_OPTIONAL}{_NAMED}", "empties the table {name}"),
    (rf"\bDELETE\s+FROM\s+{_OPTIONAL}{_NAMED}\s*(?:;|$|'|\$)", "deletes every row of {name}"),
    (rf"\bUPDATE\s+{_OPTIONAL}{_NAMED}\s+SET\b(?:(?!\bWHERE\b)[^;])*(?:;|$)", "changes every row of {name}"),
    (rf"\bRENAME\s+(?:(?P<kind>TABLE|COLUMN|CONSTRAINT)\s+)?(?:TO\s+)?{_NAMED}", "renames: {name}"),
    (rf"\bSET\s+SCHEMA\s+{_NAMED}", "moves to the schema {name}"),
)  # fmt: skip
_LOST = [(re.compile(pattern, re.IGNORECASE), words) for pattern, words in _LOSSES]


def kept_facts(text: str) -> tuple[set[str], list[str]]:
    """(tables, what is lost in words) of one statement. What a routine does counts when it is called, not now."""
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    routine = _ROUTINE.match(plain)
    if routine is not None:
        found = _TRIGGERED.search(plain) if routine["kind"].upper() == "TRIGGER" else None
        return ({_last(found["name"])} if found else set()), []
    tables = {_last(found["name"]) for found in _TABLE.finditer(plain) if found["name"].upper() not in _NO_TABLE}
    lost = [_say(found, words) for pattern, words in _LOST for found in pattern.finditer(plain)]
    return tables, list(dict.fromkeys(lost))


def _say(found: "re.Match[str]", words: str) -> str:
    named = found.groupdict()
    return words.format(kind=(named.get("kind") or "").lower(), name=_last(named.get("name") or "")).rstrip()


def _last(name: str) -> str:
    """The name without its schema: as it is when it is quoted, else in lower case."""
    part = re.split(r"\s*\.\s*", name.strip())[-1]
    return part[1:-1] if part[:1] in '"`[' else part.lower()
