"""pre-receive on a server: a push is judged before any ref moves, while its objects are still set apart."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.render.streams import answer, note

if TYPE_CHECKING:
    from agentgrid.boundaries.refs.judging import PushedRef

_PROTECTS_BASE = "agentgrid.protectBase"
_TEMPLATE = "hooks/pre-receive.sh"
_PROGRAM_LINE = "program=agentgrid\n"


def guard_receive(_hook: str, arguments: Sequence[str]) -> int:
    """Refuses (1) a push with a ref that breaks a rule. stdin: git's `OLD NEW REF` lines. With `--print` it only shows
    the hook to install."""
    if list(arguments) == ["--print"]:
        answer(render_hook())
        return 0
    from agentgrid.boundaries.refs.receiving import Receiver
    from agentgrid.boundaries.refs.server_policy import read_server_policy
    from agentgrid.git.repository import Repository
    from agentgrid.git.settings import read_flag
    from agentgrid.render.findings import render_verdict

    repository = Repository.discover(Path.cwd()).with_new_objects()
    protects_base = read_flag(repository.common_dir, _PROTECTS_BASE)
    receiver = Receiver(repository, read_server_policy(repository), protects_base=protects_base)
    received = receiver.judge(_read_pushed())
    for text in received.notes:
        note(f"agentgrid: {text}")
    for ref, check in received.report.checks:
        note(render_verdict(check, f"push to {ref}"))
    return 1 if received.report.is_refused else 0


def render_hook() -> str:
    """The hook for a bare repository, with this installation's command written into it."""
    import shlex
    import shutil

    from agentgrid.machine.shipped import shipped_directory

    text = (shipped_directory("templates") / _TEMPLATE).read_text(encoding="utf-8")
    beside = Path(sys.executable).with_name("agentgrid")
    program = str(beside) if os.access(beside, os.X_OK) else shutil.which("agentgrid") or "agentgrid"
    return text.replace(_PROGRAM_LINE, f"program={shlex.quote(program)}\n").rstrip("\n")


def _read_pushed() -> "list[PushedRef]":
    from agentgrid.boundaries.refs.judging import PushedRef

    pushed = []
    for line in os.fsdecode(sys.stdin.buffer.read()).splitlines():
        current, new, ref = line.split(" ", 2)
        pushed.append(PushedRef(ref, new if new.strip("0") else None, current if current.strip("0") else None))
    return pushed
