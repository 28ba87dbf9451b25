"""Whether a commit message has the form that the grid asks for. Light: `re` is loaded by those grids alone."""

FORMAT_RULE = "message.format"
_ABOUT_ANOTHER = ("fixup! ", "squash! ", "amend! ")
_QUOTING = ('Revert "', 'Reapply "')


def is_well_formed(text: str, pattern: str) -> bool:
    """Whether `pattern` is found in the message (cleaned, without our trailers) or in its subject alone.

    What a fixup or a revert says about another commit is looked through.
    """
    import re

    wanted = re.compile(pattern)
    plain = look_through(text)
    return any(wanted.search(each) for each in (text, plain, subject_of(text), subject_of(plain)))


def look_through(text: str) -> str:
    """The message that a fixup, a squash, an amend or a revert is about."""
    while True:
        if text.startswith(_ABOUT_ANOTHER):
            text = text.partition("! ")[2]
        elif text.startswith(_QUOTING):
            text = text.partition('"')[2]
        else:
            return text


def subject_of(text: str) -> str:
    """The first paragraph in one line."""
    return " ".join(text.lstrip("\n").partition("\n\n")[0].split("\n")).strip()
