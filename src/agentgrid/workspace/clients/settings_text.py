"""A client's settings file with our entries, or without them: whatever else is in it stays."""

import json
from pathlib import Path
from typing import Any

from agentgrid.errors import InputError
from agentgrid.workspace.clients.known import MARK, Client


def put_in(client: Client, content: bytes | None, hook: Path, where: str) -> bytes:
    """The file's content (None: there is no file yet) with the edit hook; the very same when it has it.

    `where`: the file's name, for messages. Raises InputError for a file that isn't understood.
    """
    if client.text is not None:
        return client.text(hook).encode("utf-8", "surrogateescape")
    assert client.entries is not None
    settings = _read(content, where)
    wanted = _without_ours(settings, where)
    for key, value in client.fixed.items():
        wanted.setdefault(key, value)
    hooks = wanted.setdefault("hooks", {})
    for event, entry in client.entries(hook).items():
        hooks[event] = [*hooks.get(event, ()), dict(entry)]
    return content if content is not None and wanted == settings else _write(wanted)


def take_out(client: Client, content: bytes, where: str) -> bytes | None:
    """The file's content without the edit hook; None when nothing else is left of it. A file that somebody else wrote
    comes back as it is."""
    if MARK.encode() not in content:
        return content
    if client.text is not None:
        return None
    settings = _read(content, where)
    wanted = _without_ours(settings, where)
    return None if wanted in ({}, dict(client.fixed)) else _write(wanted)


def render_snippet(client: Client, hook: Path) -> str:
    """What the file has to have, to put in by hand."""
    return put_in(client, None, hook, client.file).decode("utf-8", "surrogateescape")


def _read(content: bytes | None, where: str) -> dict[str, Any]:
    try:
        settings = json.loads(content) if content is not None and content.strip() else {}
    except ValueError as error:
        raise InputError(f"{where} is no JSON ({error})", hint="mend it; until then it stays as it is") from error
    if not isinstance(settings, dict):
        raise InputError(f"{where} is no JSON object", hint="mend it; until then it stays as it is")
    return settings


def _without_ours(settings: dict[str, Any], where: str) -> dict[str, Any]:
    hooks = settings.get("hooks", {})
    if not isinstance(hooks, dict) or not all(isinstance(entries, list) for entries in hooks.values()):
        raise InputError(f"{where}: `hooks` is not events with a list each", hint="mend it; it stays as it is")
    kept = {event: [entry for entry in entries if not _is_ours(entry)] for event, entries in hooks.items()}
    kept = {event: entries for event, entries in kept.items() if entries or not hooks[event]}
    return {key: kept if key == "hooks" else value for key, value in settings.items() if key != "hooks" or kept}


def _is_ours(entry: object) -> bool:
    text = json.dumps(entry)
    return MARK in text and "/agentgrid/" in text


def _write(settings: dict[str, Any]) -> bytes:
    return (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")
