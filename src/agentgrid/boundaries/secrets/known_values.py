"""Values of agents' keys that this process has at hand without asking anybody. On the hook path: builtins only.

That is what stands in its environment, under a key's own name or under the name that the configuration reads it from,
and what a `file:` reference has. Nothing of it is kept.
"""

SHORTEST = 8


class KnownValue:
    """`name`: the variable that has it as an agent's key. `agent`: whose key it is, empty when only the name tells."""

    __slots__ = ("agent", "name", "value")

    def __init__(self, value: bytes, name: str, agent: str) -> None:
        self.value = value
        self.name = name
        self.agent = agent


def known_values(
    keys: tuple[tuple[str, str, str, str], ...], root: str, environ: dict[bytes, bytes]
) -> list[KnownValue]:
    """`keys`: (agent, name, kind of reference, place) as the compiled policy has them. `root`: where relative files
    start from. Shorter values than 8 bytes are left out: they are found in words that are none."""
    found: dict[bytes, KnownValue] = {}
    for agent, name, kind, place in keys:
        for value, owner in (
            (_source_value(kind, place, root, environ), agent),
            (environ.get(_encode(name), b""), ""),
        ):
            if len(value) >= SHORTEST:
                found.setdefault(value, KnownValue(value, name, owner))
    return list(found.values())


def _source_value(kind: str, place: str, root: str, environ: dict[bytes, bytes]) -> bytes:
    if kind == "env":
        return environ.get(_encode(place), b"")
    return _read(place, root, environ) if kind == "file" else b""


def _read(place: str, root: str, environ: dict[bytes, bytes]) -> bytes:
    path = _encode(place)
    if path.startswith(b"~/"):
        path = environ.get(b"HOME", b"") + path[1:]
    elif not path.startswith(b"/"):
        path = _encode(root) + b"/" + path
    try:
        with open(path, "rb") as stream:
            content = stream.read(1 << 20)
    except OSError:
        return b""
    return content.removesuffix(b"\n").removesuffix(b"\r")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
