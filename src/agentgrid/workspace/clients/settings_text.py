"""A client's settings file with our entries, or without them: whatever else is in it stays."""

import json
from pathlib import Path
from typing import Any

from agentgrid.errors import InputError
from agentgrid.workspace.clients.known import MARK, Client


def put_in(client: Client, content: bytes | None, hook: Path, place: str, where: str) -> bytes:
    """The file's content (None: there is no file yet) with the edit hook; the very same when it has it.

    `place`: of the file, as in the client's `places`; `where`: its name, for messages. Raises InputError for a file
    that isn't understood.
    """
    if client.text is not None:
        if content is not None and MARK.encode() not in content:
            raise InputError(f"{where} is not the one that agentgrid wrote", hint="move it away; until then it stays")
        return client.text(hook).encode("utf-8", "surrogateescape")
    assert client.entries is not None
    settings = _read(content, where)
    entries = {event: dict(entry) for event, entry in client.entries(hook, place).items()}
    wanted = {**client.fixed, **_with_ours(settings, entries, where)}
    return content if content is not None and wanted == settings else _write(wanted)


def take_out(client: Client, content: bytes, where: str) -> bytes | None:
    """The file's content without the edit hook; None when nothing else is left of it. A file that somebody else wrote
    comes back as it is."""
    if MARK.encode() not in content:
        return content
    if client.text is not None:
        return None
    settings = _read(content, where)
    wanted = _with_ours(settings, {}, where)
    return None if wanted in ({}, dict(client.fixed)) else _write(wanted)


def _read(content: bytes | None, where: str) -> dict[str, Any]:
    try:
        settings = json.loads(content) if content is not None and content.strip() else {}
    except ValueError as error:
        raise InputError(f"{where} is no JSON ({error})", hint="mend it; until then it stays as it is") from error
    if not isinstance(settings, dict):
        raise InputError(f"{where} is no JSON object", hint="mend it; until then it stays as it is")
    return settings


def _with_ours(settings: dict[str, Any], wanted: dict[str, dict[str, object]], where: str) -> dict[str, Any]:
    """The settings with the entries `wanted` (event → entry) and no other of ours. What is right stays in its place."""
    hooks = settings.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(entries, list) for entries in hooks.values()):
        raise InputError(f"{where}: `hooks` is not events with a list each", hint="mend it; until then it stays")
    found: dict[str, list[object]] = {}
    for event in dict.fromkeys([*hooks, *wanted]):
        before, entry = hooks.get(event, []), wanted.get(event)
        after = [each for each in before if each == entry or not _is_ours(each)]
        after += [entry] if entry is not None and entry not in after else []
        if after or not before:
            found[event] = after
    kept = {key: value for key, value in settings.items() if key != "hooks" or found}
    return {**kept, "hooks": found} if found else kept


def _is_ours(entry: object) -> bool:
    text = json.dumps(entry)
    return MARK in text and "/agentgrid/" in text


def _write(settings: dict[str, Any]) -> bytes:
    return (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")
