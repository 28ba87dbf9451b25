"""The edit hook against the pre-commit guard, in one run: what an agent's client waits for before each edit.

Asked for an own file, and for common code under a live lease, where git is asked whether the base has moved.
"""

import json
from pathlib import Path

from bench_support.guarded import AGENT, COMMON_FILE, FOREIGN_FILE, Guarded, build_guarded
from bench_support.harness import Contender, CouldNotRun, Experiment, Target
from bench_support.workshop import Workshop

OWN, COMMON, GUARD = "edit hook, own file", "edit hook, common code under a lease", "pre-commit guard"
OWN_FILE = "services/orchestrator/main.py"


def prepare(workshop: Workshop) -> list[Experiment]:
    files = 1500 if workshop.quick else 5000
    guarded = build_guarded(workshop, "edits", files=files, rules=500, staged=200)
    hook = guarded.hook.parents[1] / "edit-hook"
    _require_awake(workshop, guarded, hook)
    contenders = [
        Contender(name, workshop.act("sh", "-c", _ask(workshop, guarded, hook, path), cwd=guarded.worktree))
        for name, path in ((OWN, OWN_FILE), (COMMON, COMMON_FILE))
    ]
    guard = Contender(GUARD, workshop.act(guarded.hook, cwd=guarded.worktree, env=guarded.environment))
    return [
        Experiment(
            f"edits: one edit, 500 rules, {files} files; the guard with 200 staged paths",
            [*contenders, guard],
            [Target("edit", OWN, GUARD, 1.5), Target("edit", COMMON, GUARD, 1.5)],
            workshop.rounds(40),
        )
    ]


def _ask(workshop: Workshop, guarded: Guarded, hook: Path, path: str) -> str:
    """A shell line that asks as Claude Code does."""
    call = {
        "hook_event_name": "PreToolUse",
        "cwd": str(guarded.worktree),
        "tool_name": "Write",
        "tool_input": {"file_path": str(guarded.worktree / path), "content": "x = 1\n" * 200},
    }
    file = workshop.scratch / f"call-{path.replace('/', '-')}.json"
    file.write_text(json.dumps(call), encoding="utf-8")
    return f"exec '{hook}' claude <'{file}'"


def _require_awake(workshop: Workshop, guarded: Guarded, hook: Path) -> None:
    """Raises CouldNotRun unless the hook lets the agent's own file pass and refuses a foreign one."""
    for path, is_allowed in ((OWN_FILE, True), (COMMON_FILE, True), (FOREIGN_FILE, False)):
        said = workshop.run("sh", "-c", _ask(workshop, guarded, hook, path), cwd=guarded.worktree)
        if (said == "") is not is_allowed:
            raise CouldNotRun(f"the edit hook of {AGENT} said {said!r} of {path}")
