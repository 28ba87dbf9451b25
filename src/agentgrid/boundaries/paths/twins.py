"""Whether a new path surely has no twin, a path that some file systems can't tell from it. On the hook path: builtins
only.

Exact for ASCII paths in any listing but one with characters that fold into ASCII letters; `collisions` knows the rest,
and which twins are new.
"""

# All that becomes plain ASCII when case and normal form don't count: sharp and long s, the Kelvin sign, ligatures.
_FOLDING = "\u00df\u017f\u037e\u1e9e\u1fef\u212a\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06"
FOLDS_INTO_ASCII = tuple(char.encode() for char in _FOLDING)


def has_twin(listing: bytes, path: bytes) -> bool | None:
    """As `has_twins` for one path."""
    return has_twins(listing, [path])


def has_twins(listing: bytes, paths: list[bytes]) -> bool | None:
    """Whether any of `paths`, or a directory on its way, is also there in another case. `listing`: every path of the
    tree as `ls-files -z` writes them. None: can't say, ask `collisions`. A twin may have been there before."""
    if not all(path.isascii() for path in paths):
        return None
    if not listing.isascii() and any(char in listing for char in FOLDS_INTO_ASCII):
        return None
    names, lowered = listing.split(b"\0"), listing.lower().split(b"\0")
    spelled = dict(zip(lowered, names))  # noqa: B905 - lower() changes no NUL
    has_pairs = len(spelled) < len(names)
    folders = _spell_folders(names)
    asked = set()
    for path in paths:
        low = path.lower()
        if spelled.get(low, path) != path or low in folders or (has_pairs and lowered.count(low) > 1):
            return True
        folder = path.rpartition(b"/")[0]
        while folder and folder not in asked:
            asked.add(folder)
            low = folder.lower()
            if low in spelled or folders.get(low, folder) != folder:
                return True
            folder = folder.rpartition(b"/")[0]
    return False


def _spell_folders(names: list[bytes]) -> dict[bytes, bytes]:
    """Each directory in lower case → as it is spelled, or nothing when that is in several ways."""
    spelled: dict[bytes, bytes] = {}
    known = set()
    for parent in {name.rpartition(b"/")[0] for name in names}:
        folder = parent
        while folder and folder not in known:
            known.add(folder)
            low = folder.lower()
            spelled[low] = b"" if low in spelled else folder
            folder = folder.rpartition(b"/")[0]
    return spelled
