"""The textbook way to see whether two patterns meet: every state of the product of their automata, name by name and
byte by byte. Slow and plain; what the product answers is compared with it."""

from agentgrid.boundaries.patterns.shapes import Segment, Shape

State = tuple[int, ...]


def product_meets(a: Shape, b: Shape) -> bool:
    """Whether some path is matched by both; a pattern that has come to its end takes every further name."""
    names: dict[tuple[Segment, Segment], bool] = {}
    reached, todo = {(0, 0)}, [(0, 0)]
    while todo:
        i, j = todo.pop()
        if (i, j) == (len(a), len(b)):
            return True
        for one, next_i in _name_moves(a, i):
            for other, next_j in _name_moves(b, j):
                key = (one, other)
                if key not in names:
                    names[key] = _do_names_meet(*key)
                if names[key] and (next_i, next_j) not in reached:
                    reached.add((next_i, next_j))
                    todo.append((next_i, next_j))
        for skipped in _skips(a, i, b, j):
            if skipped not in reached:
                reached.add(skipped)
                todo.append(skipped)
    return False


def _name_moves(shape: Shape, place: int) -> list[tuple[Segment, int]]:
    """(what one name has to match, where that leads); any name keeps a `**`, and an end, where they are."""
    if place == len(shape) or shape[place] is None:
        return [((0,), place)]
    return [(shape[place], place + 1)]


def _skips(a: Shape, i: int, b: Shape, j: int) -> list[tuple[int, int]]:
    skips = [(i + 1, j)] if i < len(a) and a[i] is None else []
    return skips + ([(i, j + 1)] if j < len(b) and b[j] is None else [])


def _do_names_meet(one: Segment, other: Segment) -> bool:
    """State: place in each pattern, and what was read so far: 0 nothing, 1 `.`, 2 `..`, 3 a name."""
    x, y = _flat(one), _flat(other)
    mentioned = {byte for token in (*x, *y) if isinstance(token, frozenset) for byte in token}
    alphabet = [byte for byte in sorted({*mentioned, *b".x\xff"}) if byte not in b"\0/"]
    reached: set[State] = {(0, 0, 0)}
    todo = [(0, 0, 0)]
    while todo:
        i, j, read = todo.pop()
        if (i, j, read) == (len(x), len(y), 3):
            return True
        following = [(i + 1, j, read)] if i < len(x) and x[i] == 0 else []
        following += [(i, j + 1, read)] if j < len(y) and y[j] == 0 else []
        for byte in alphabet:
            here, there = _after(x, i, byte), _after(y, j, byte)
            if here is not None and there is not None:
                following.append((here, there, min(read + 1, 3) if byte == ord(".") else 3))
        for state in following:
            if state not in reached:
                reached.add(state)
                todo.append(state)
    return False


def _flat(segment: Segment) -> list[int | frozenset[int]]:
    tokens = (segment,) if isinstance(segment, bytes) else segment or ()
    flat: list[int | frozenset[int]] = []
    for token in tokens:
        flat += [frozenset((byte,)) for byte in token] if isinstance(token, bytes) else [token]
    return flat


def _after(tokens: list[int | frozenset[int]], place: int, byte: int) -> int | None:
    if place == len(tokens):
        return None
    token = tokens[place]
    if token == 0:
        return place
    return place + 1 if token == 1 or (isinstance(token, frozenset) and byte in token) else None
