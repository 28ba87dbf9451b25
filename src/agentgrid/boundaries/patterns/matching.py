"""Walks the tree of patterns: which rules match a path. On the hook path: builtins only.

A pattern matches a path when it matches the path itself or a directory above it, as in .gitignore. What is known
of a directory is kept, so a path costs one step.
"""


class Matcher:
    """Matches paths (bytes, relative to the root, no leading slash) against `nodes` (see `trie`)."""

    __slots__ = ("_directories", "_leaves", "_nodes")

    def __init__(self, nodes: tuple) -> None:  # type: ignore[type-arg]
        self._nodes = nodes
        self._leaves: dict = {}  # type: ignore[type-arg]
        self._directories: dict = {}  # type: ignore[type-arg]
        self._remember(b"", _with_stars(nodes, [0]), ())

    def hits(self, path: bytes, is_directory: bool = False) -> list[int]:  # noqa: FBT001, FBT002
        """Numbers of all rules that match, in no order. `is_directory`: a submodule link."""
        directory, _, name = path.rpartition(b"/")
        known = self._directories.get(directory)
        _, inherited, exact, wild = known if known is not None else self._enter(directory)
        found = list(inherited)
        ends = exact.get(name)
        if ends is not None:
            found += ends[0]
            if is_directory:
                found += ends[1]
        for prefix, suffix, shortest, tokens, rules, directory_rules in wild:
            if (
                name.endswith(suffix)
                and name.startswith(prefix)
                and len(name) >= shortest
                and (tokens is None or segment_matches(tokens, name))
            ):
                found += rules
                if is_directory:
                    found += directory_rules
        return found

    def _enter(self, directory: bytes) -> tuple:  # type: ignore[type-arg]
        nodes, known = self._nodes, self._directories
        missing = []
        parent = directory
        while parent not in known:
            missing.append(parent)
            parent = parent.rpartition(b"/")[0]
        places, inherited, _, _ = known[parent]
        for each in reversed(missing):
            places = _step(nodes, places, each.rpartition(b"/")[2])
            fresh = [rule for place in places for part in nodes[place][:2] for rule in part]
            if fresh:
                inherited = (*inherited, *fresh)
            places = _with_stars(nodes, places)
            self._remember(each, places, inherited)
        return known[directory]  # type: ignore[no-any-return]

    def _remember(self, directory: bytes, places: list[int], inherited: tuple[int, ...]) -> None:
        """What is known of a directory: where its names continue, rules that match all below it, rules for names."""
        key = tuple(places)
        leaf = self._leaves.get(key)
        if leaf is None:
            leaf = self._leaves[key] = _merge_leaves(self._nodes, places)
        self._directories[directory] = (places, inherited, *leaf)


def _merge_leaves(nodes: tuple, places: list[int]) -> tuple[dict, list]:  # type: ignore[type-arg]
    """The rules that end one name further: by literal name, and by what the name begins and ends with."""
    exact: dict[bytes, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    wild = []
    for place in places:
        for name, target in nodes[place][2].items():
            rules, directory_rules = nodes[target][:2]
            if rules or directory_rules:
                known = exact.get(name, ((), ()))
                exact[name] = (known[0] + rules, known[1] + directory_rules)
        for tokens, target in nodes[place][3]:
            rules, directory_rules = nodes[target][:2]
            if rules or directory_rules:
                wild.append((*_frame(tokens), rules, directory_rules))
    return exact, wild


def _frame(tokens: tuple) -> tuple[bytes, bytes, int, tuple | None]:  # type: ignore[type-arg]
    """(what the name begins with, ends with, its least length, the tokens when that is not all there is to ask)."""
    prefix = tokens[0] if isinstance(tokens[0], bytes) else b""
    suffix = tokens[-1] if isinstance(tokens[-1], bytes) else b""
    inner = tokens[1 if prefix else 0 : len(tokens) - 1 if suffix else len(tokens)]
    is_told = len(inner) == 1 and inner[0] == 0  # one star and nothing else in between
    return prefix, suffix, len(prefix) + len(suffix), None if is_told else tokens


def segment_matches(tokens: tuple, name: bytes) -> bool:  # type: ignore[type-arg]
    """Whether the tokens of one wildcard segment match all of `name`; `*` gives back what it took too much of."""
    token, position, count, length = 0, 0, len(tokens), len(name)
    star_token, star_position = -1, 0
    while True:
        if token < count and tokens[token] == 0:
            star_token, star_position = token, position
            token += 1
            continue
        if token == count:
            if position == length:
                return True
        else:
            width = _width(tokens[token], name, position)
            if width:
                token += 1
                position += width
                continue
        if star_token < 0 or star_position >= length:
            return False
        star_position += 1
        token, position = star_token + 1, star_position


def _width(token: object, name: bytes, position: int) -> int:
    """How many bytes of `name` the token takes at `position`; 0 when it doesn't match."""
    if isinstance(token, bytes):
        return len(token) if name.startswith(token, position) else 0
    if position >= len(name):
        return 0
    return 1 if token == 1 or (isinstance(token, frozenset) and name[position] in token) else 0


def _step(nodes: tuple, places: list[int], name: bytes) -> list[int]:  # type: ignore[type-arg]
    """The nodes reached from `places` by one name; those behind a `**` stay where they are."""
    reached = []
    for place in places:
        node = nodes[place]
        if node[5]:
            reached.append(place)
        child = node[2].get(name)
        if child is not None and child not in reached:
            reached.append(child)
        for tokens, target in node[3]:
            if target not in reached and segment_matches(tokens, name):
                reached.append(target)
    return reached


def _with_stars(nodes: tuple, places: list[int]) -> list[int]:  # type: ignore[type-arg]
    """`places` and the nodes that `**` reaches from them by no name at all."""
    reached = list(places)
    for place in places:
        star = nodes[place][4]
        if star >= 0 and star not in reached:
            reached.append(star)
    return reached
