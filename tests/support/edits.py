"""Asking before an edit, as the clients do: the installed edit hook of a desk, or the whole program in this process."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.hooks.edit_point import answer_call
from support.grids import admin_dir_of
from support.repositories import Sandbox

RECORDED = Path(__file__).parents[1] / "hooks" / "dialects" / "recorded"
RECORDED_TOP = "/repo/wt-a2"
SLOW = 75
# Becoming the whole program is told by an exit code instead.
NO_HAND_OVER = f"import posix; posix.execv = lambda *_: posix._exit({SLOW}); "


@dataclass(frozen=True, slots=True)
class EditAnswer:
    """How the hook ended: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def reason(self) -> str | None:
        """Why the edit is refused, in Claude Code's dialect; None when it isn't."""
        if not self.out:
            return None
        verdict = json.loads(self.out)["hookSpecificOutput"]
        assert (verdict["hookEventName"], verdict["permissionDecision"]) == ("PreToolUse", "deny")
        reason: str = verdict["permissionDecisionReason"]
        assert "\n" not in reason
        return reason


def write_call(
    desk: Sandbox, path: str | Path, *, tool: str = "Write", cwd: str | Path | None = None
) -> dict[str, object]:
    """What Claude Code says before it writes `path` (below the desk's top, or absolute)."""
    return {
        "hook_event_name": "PreToolUse",
        "cwd": str(cwd or desk.path),
        "tool_name": tool,
        "tool_input": {"file_path": os.path.join(desk.path, path), "content": "CHANGED = 1\n"},
    }


def edit_hook_of(desk: Sandbox) -> Path:
    """The installed edit hook of a desk."""
    agent = (admin_dir_of(desk) / "agentgrid-identity").read_text().split()[0]
    return (
        Path(desk.git("rev-parse", "--path-format=absolute", "--git-common-dir"))
        / "agentgrid/agents"
        / agent
        / "edit-hook"
    )


def ask_hook(
    desk: Sandbox,
    call: Mapping[str, object] | bytes,
    *,
    dialect: str = "claude",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> EditAnswer:
    """Runs the installed edit hook."""
    return run_asked([edit_hook_of(desk), dialect], call, cwd or desk.path, env)


def run_asked(
    command: Sequence[str | Path], call: Mapping[str, object] | bytes, cwd: Path, env: Mapping[str, str] | None = None
) -> EditAnswer:
    content = call if isinstance(call, bytes) else json.dumps(call).encode()
    done = subprocess.run(
        command, cwd=cwd, input=content, capture_output=True, env={**os.environ, **(env or {})}, check=False
    )
    return EditAnswer(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def refusal(desk: Sandbox, path: str | Path, *, installed: bool = True) -> str | None:
    """Why the whole program, in this process, refuses that the desk's agent writes `path`; None when it doesn't.
    `installed`: asked by the desk's own hook, else from where it stands."""
    admin_dir = str(admin_dir_of(desk)) if installed else None
    return EditAnswer(*_turned(answer_call("claude", write_call(desk, path), admin_dir))).reason


def _turned(answer: tuple[str, str, int]) -> tuple[int, str, str]:
    out, said, code = answer
    return code, out, said


def ask_fast(
    desk: Sandbox, call: Mapping[str, object] | bytes, *, before: str = "", dialect: str = "claude"
) -> EditAnswer:
    """The fast way of the installed hook alone: exit code SLOW where it would have asked the whole program."""
    words = shlex.split(edit_hook_of(desk).read_text().partition("\nexec ")[2])
    code = words[words.index("-c") + 1]
    rest = [
        dialect if word == "$1" else sys.executable if word == "$python" else word
        for word in words[words.index(code) + 1 :]
    ]
    return run_asked([sys.executable, "-I", "-S", "-c", NO_HAND_OVER + before + code, *rest], call, desk.path)


def recorded_call(name: str, top: Path) -> dict[str, object]:
    """A call as a client made it, as if its worktree were `top`."""
    text = (RECORDED / f"{name}.json").read_text(encoding="utf-8")
    call: dict[str, object] = json.loads(text.replace(RECORDED_TOP, str(top)))
    return call
