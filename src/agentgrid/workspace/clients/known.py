"""The clients whose settings can have an edit hook: which file, and what has to be in it.

Facts of each client's documentation, and of Claude Code 2.1 and Codex as they were seen to behave. A command that can't
be run at all is no yes: the shell around it refuses.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

WORKTREE, MAIN = "worktree", "main"
GONE = "agentgrid: refused: its edit hook could not run; a person runs: agentgrid agent repair"
MARK = "/edit-hook"  # in every command of ours
_TIMEOUT_S = 60
_WORKTREE_TIMEOUT_S = 600

Entries = Mapping[str, Mapping[str, object]]
MakeEntries = Callable[[Path, str], Entries]  # the script's path, the place of the file → event → entry


@dataclass(frozen=True, slots=True)
class Client:
    """`file`: below the top of a work tree. `places`: of which, the agent's WORKTREE or the MAIN one, which the client
    reads for all of them. `entries`: the path of the hook → event → what stands in its list; None where the file is no
    JSON but `text`. `fixed`: keys that the file must have beside. `hides`: patterns that keep local files out of git's
    sight. `folder`: must be in the agent's worktree, else the client reads no hooks for it. `remark`: what a person has
    to do for it."""

    name: str
    file: str
    entries: MakeEntries | None
    text: Callable[[Path], str] | None = None
    fixed: Mapping[str, object] = field(default_factory=dict)
    places: tuple[str, ...] = (WORKTREE,)
    more_hidden: tuple[str, ...] = ()
    folder: str | None = None
    remark: str | None = None

    @property
    def hides(self) -> tuple[str, ...]:
        return (f"/{self.file}", *self.more_hidden)


def _command(hook: Path, dialect: str, refusal: str = f"echo {shlex.quote(GONE)} >&2; exit 2") -> str:
    return f"{shlex.quote(str(hook))} {dialect} || {{ {refusal}; }}"


def _claude(hook: Path, place: str) -> Entries:
    # Without onFailure, Claude Code takes a hook that dies or takes too long for a yes.
    run = {"type": "command", "command": _command(hook, "claude"), "timeout": _TIMEOUT_S, "onFailure": "block"}
    entries = {"PreToolUse": {"matcher": "Edit|Write|MultiEdit|NotebookEdit", "hooks": [run]}}
    if place == MAIN:
        return entries  # a person makes worktrees there as they like
    make = {"type": "command", "command": f"{shlex.quote(str(hook))} claude", "timeout": _WORKTREE_TIMEOUT_S}
    return {**entries, "WorktreeCreate": {"hooks": [make]}}


def _codex(hook: Path, _place: str) -> Entries:
    run = {"type": "command", "command": _command(hook, "codex"), "timeout": _TIMEOUT_S}
    return {"PreToolUse": {"matcher": "^(apply_patch|Edit|Write|Bash)$", "hooks": [run]}}


def _gemini(hook: Path, _place: str) -> Entries:
    run = {"type": "command", "name": "agentgrid", "command": _command(hook, "gemini"), "timeout": _TIMEOUT_S * 1000}
    return {"BeforeTool": {"matcher": "write_file|replace", "hooks": [run]}}


def _copilot(hook: Path, _place: str) -> Entries:
    refusal = json.dumps({"permissionDecision": "deny", "permissionDecisionReason": GONE})
    command = _command(hook, "copilot", f"echo {shlex.quote(refusal)}")
    return {"preToolUse": {"type": "command", "bash": command, "timeoutSec": _TIMEOUT_S}}


def _cursor(hook: Path, _place: str) -> Entries:
    matcher = "Write|Edit|StrReplace|MultiEdit|Delete|EditNotebook"
    return {"preToolUse": {"command": _command(hook, "cursor"), "matcher": matcher, "timeout": _TIMEOUT_S,
                           "failClosed": True}}  # fmt: skip


def _opencode(hook: Path) -> str:
    return f"""\
// Edit hook, written by agentgrid. Do not edit: `agentgrid agent repair` rewrites it.
import {{ spawnSync }} from "node:child_process"

export const AgentgridEdits = async ({{ directory }}) => ({{
  "tool.execute.before": async (input, output) => {{
    const call = JSON.stringify({{ tool: input.tool, args: output.args, cwd: directory }})
    const asked = spawnSync({json.dumps(str(hook))}, ["opencode"], {{ input: call, encoding: "utf8" }})
    if (asked.status !== 0) throw new Error(asked.stderr || {json.dumps(GONE)})
  }},
}})
"""


_ALL = (
    # Started in a subfolder of a linked worktree, Claude Code reads the main worktree's file and not the worktree's.
    Client(
        "claude", ".claude/settings.local.json", _claude, places=(WORKTREE, MAIN), more_hidden=("/.claude/worktrees/",)
    ),
    # Codex reads the hooks of all linked worktrees from the main one, for those that have a folder of its own.
    Client(
        "codex",
        ".codex/hooks.json",
        _codex,
        places=(MAIN,),
        folder=".codex",
        remark="codex runs it once a person has trusted the project, and the hook in /hooks",
    ),
    Client("gemini", ".gemini/settings.json", _gemini),
    Client("copilot", ".github/hooks/agentgrid.json", _copilot, fixed={"version": 1}),
    Client("cursor", ".cursor/hooks.json", _cursor, fixed={"version": 1}),
    Client("opencode", ".opencode/plugin/agentgrid.js", None, _opencode),
)
CLIENTS = {client.name: client for client in _ALL}
