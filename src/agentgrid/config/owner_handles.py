"""Whom a CODEOWNERS file can name: @user, @org/team, or the e-mail address of an account.

Source: GitHub's documentation, "About code owners", on its syntax. Whether an account exists is for the server to say.
"""

import re

HANDLE_ACCEPTED = "@user, @org/team or an e-mail address"

_ACCOUNT = r"[A-Za-z0-9][A-Za-z0-9_-]*"
_TEAM = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_HANDLE = re.compile(rf"@{_ACCOUNT}(/{_TEAM})?|[^\s@#/,;<>]+@[^\s@#/,;<>.]+(\.[^\s@#/,;<>.]+)+", re.ASCII)


def is_handle(text: str) -> bool:
    """Whether `text` can stand as an owner in a CODEOWNERS file."""
    return _HANDLE.fullmatch(text) is not None


def same_handle(text: str) -> str:
    """What two ways to write one handle have in common: accounts, teams and addresses know no case."""
    return text.casefold()
