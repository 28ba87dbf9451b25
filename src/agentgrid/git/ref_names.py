"""What may be a branch's name: the rules of `git check-ref-format --branch`, without a process."""

FORBIDDEN = frozenset(" ~^:?*[\\\x7f") | {chr(code) for code in range(32)}
MAX_SEGMENT_BYTES = 250  # a loose ref is a file, and git adds `.lock` to its name


def is_valid_branch_name(name: str) -> bool:
    """True for what git takes after `git branch` (checked against git itself in the tests)."""
    if not name or name.startswith("-") or name in {"HEAD", "@"} or name.endswith("."):
        return False
    if ".." in name or "@{" in name or FORBIDDEN.intersection(name):
        return False
    return all(_is_valid_segment(segment) for segment in name.split("/"))


def _is_valid_segment(segment: str) -> bool:
    if not segment or segment.startswith(".") or segment.endswith(".lock"):
        return False
    return len(segment.encode("utf-8", "surrogateescape")) <= MAX_SEGMENT_BYTES
