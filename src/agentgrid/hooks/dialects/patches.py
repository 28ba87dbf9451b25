"""The paths of a patch in the form that `apply_patch` takes. On the hook path: builtins only.

Headers count wherever a line begins with one, also after blanks: the client is as lenient, and a path too many is
judged rather than one too few. Of the blanks before a path one is the header's, the others are the path's.
"""

from agentgrid.hooks.dialects.fields import Unreadable

BEGIN = "*** Begin Patch"
_HEADERS = ("*** Add File:", "*** Update File:", "*** Delete File:", "*** Move to:")


def find_patched(patch: str) -> list[str]:
    """Every path that the patch adds, changes, deletes or moves to. Raises Unreadable when it names none."""
    lines = [line.strip() for line in patch.split("\n")]
    found = [line[len(header) :].removeprefix(" ") for line in lines for header in _HEADERS if line.startswith(header)]
    if not found or not all(path.strip() for path in found):
        raise Unreadable("its patch names no file")
    return found
