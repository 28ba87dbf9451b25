"""What the dialects' JSON has in common. On the hook path: builtins only."""

Event = dict[str, object]
Answer = tuple[str, str, int]  # stdout, stderr, exit code


class Unreadable(Exception):
    """An edit whose paths can't be told. The message: what is missing, in one clause."""


def mapping(event: Event, name: str) -> Event:
    """The object called `name`. Raises Unreadable when there is none."""
    found = event.get(name)
    if not isinstance(found, dict):
        raise Unreadable(f"{name!r} is missing or no object")
    return found


def text(event: Event, *names: str) -> str:
    """The first of `names` that is there, which must be a string with something in it. Raises Unreadable."""
    for name in names:
        if name in event:
            found = event[name]
            if not isinstance(found, str) or not found:
                raise Unreadable(f"{name!r} is no text")
            return found
    raise Unreadable(f"it has no {names[0]!r}")


def directory(event: Event, *names: str) -> str | None:
    """The directory that the client stands in; None when it doesn't say, or says something else than a path."""
    for name in names:
        found = event.get(name)
        if isinstance(found, str) and found.startswith("/"):
            return found
    return None


def dump(answer: Event) -> str:
    """The JSON of an answer, in one line."""
    import json

    return json.dumps(answer) + "\n"
