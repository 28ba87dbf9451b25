"""prepare-commit-msg and commit-msg when all is plain: an agent's trailers, stamped without the whole program.

It stamps or says that it isn't sure. Builtins and light modules only.
"""

import posix

from agentgrid.boundaries.messages.format import is_well_formed
from agentgrid.boundaries.messages.lock_evidence import OwnPattern, find_leased, write_evidence
from agentgrid.boundaries.messages.text import clean, cut_at_scissors, is_unwritten
from agentgrid.boundaries.messages.trailer_text import AGENT_KEY, drop_own, stamp
from agentgrid.boundaries.policy.territory import Territory

_COMMENT = b"#"
_COMMENTS = b"#;@!$%^&|:"  # what comments may begin with by a person's choice, which is not known here
_LINK = b"160000"
TEMPLATE_MARKER = "agentgrid-template"  # in the git directory: what the editor showed, when that was a template


def stamp_message(
    agent: str,
    compiled: dict,  # type: ignore[type-arg]
    rest: list[str],
    listing: bytes,
    leases: list[OwnPattern],
) -> bool:
    """True when the message is as it has to be, or was made so. `rest`: what the commit is made on, then what git gave
    the hook. `listing`: what `diff-index --raw -z` says of that, and END. `leases`: the agent's live ones."""
    parent, place, *source = rest
    with open(place, "rb") as stream:
        text = stream.read()
    message, below = cut_at_scissors(text, _COMMENT)
    if posix.environ.get(b"GIT_EDITOR") != b":":
        # An editor is still to come, or has been; what has nothing but comments in it is left alone either way.
        return drop_own(message, _COMMENT, keeps_comments=False) == message and is_unwritten(clean(message, _COMMENT))
    git_dir = place.rpartition("/")[0]
    if below or source == ["template"] or _exists(f"{git_dir}/{TEMPLATE_MARKER}"):
        return False
    if b"\r" in text or any(line[:1] in _COMMENTS for line in text.split(b"\n") if line):
        return False
    plain = clean(drop_own(text, _COMMENT, keeps_comments=True), None)
    if is_unwritten(plain):
        return plain == clean(text, None)
    is_merge = _exists(git_dir + "/MERGE_HEAD")
    leased = _leased(compiled, listing)
    if leased is None or (leased and (is_merge or parent != "HEAD")):
        return False
    if not source and not is_merge and not _is_formed(compiled, plain):
        return False
    trailers = [AGENT_KEY + b": " + agent.encode(), *write_evidence(agent, leased, leases)]
    stamped = stamp(text, trailers, _COMMENT, keeps_comments=True)
    if stamped != text:
        with open(place, "wb") as stream:
            stream.write(stamped)
    return True


def _leased(compiled: dict, listing: bytes) -> list[tuple[bytes, bool]] | None:  # type: ignore[type-arg]
    """The changed paths that need a lease; None when git failed."""
    entries = listing.split(b"\0")
    if len(entries) % 2 or entries[-2:] != [b"END", b""]:
        return None
    changed = [
        (entries[place + 1], _LINK in (entries[place][1:7], entries[place][8:14]))
        for place in range(0, len(entries) - 2, 2)
    ]
    return find_leased(Territory(compiled), changed)


def _is_formed(compiled: dict, plain: bytes) -> bool:  # type: ignore[type-arg]
    if compiled["commits"] is None:
        return True
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return False
    return is_well_formed(text, compiled["commits"][0])


def _exists(path: str) -> bool:
    try:
        posix.stat(path)
    except FileNotFoundError:
        return False
    return True
