"""The other points that git asks at: a ref that is nobody's business, and everything that one commit runs through."""

from pathlib import Path

from bench_support.guarded import Guarded, build_guarded
from bench_support.harness import Contender, Experiment, Target
from bench_support.workshop import Workshop, write_program

OURS, SHELL = "agentgrid reference-transaction", "sh -c :"
GUARDED, BARE, RUNNERS = "git commit, guarded", "git commit, no hooks", "git commit, empty hooks"
HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "reference-transaction", "post-commit")
COMMIT = ("commit", "--quiet", "--allow-empty", "-m", "Again")


def prepare(workshop: Workshop) -> list[Experiment]:
    files = 500 if workshop.quick else 5000
    guarded = build_guarded(workshop, "points", files=files, rules=500, staged=20)
    workshop.run("git", "commit", "--quiet", "-m", "Work", cwd=guarded.worktree)
    return [_other_ref(workshop, guarded), _whole_commit(workshop, guarded, files)]


def _other_ref(workshop: Workshop, guarded: Guarded) -> Experiment:
    line = f"{'0' * 40} {'1' * 40} refs/remotes/origin/topic"
    hook = guarded.hook.with_name("reference-transaction")

    def act(*command: str) -> Contender:
        name = OURS if command[0] == str(hook) else SHELL
        quoted = " ".join(f"'{word}'" for word in command)
        script = f"printf '%s\\n' '{line}' | {quoted}"
        return Contender(name, workshop.act("sh", "-c", script, cwd=guarded.worktree, env=guarded.environment))

    return Experiment(
        "points: a ref transaction of somebody else's ref",
        [act(str(hook), "prepared"), act("sh", "-c", ":")],
        [Target("#3", OURS, SHELL, 1.3)],
        workshop.rounds(60),
    )


def _whole_commit(workshop: Workshop, guarded: Guarded, files: int) -> Experiment:
    empty = workshop.scratch / "empty-hooks"
    for name in HOOKS:
        write_program(empty / name, "#!/bin/sh\n:\n")

    def act(name: str, *options: str) -> Contender:
        return Contender(name, workshop.act("git", *options, *COMMIT, cwd=guarded.worktree))

    return Experiment(
        f"points: a whole commit on a branch with 20 changed paths of {files}",
        [act(GUARDED), act(RUNNERS, *_hooks(empty)), act(BARE, *_hooks(Path("/dev/null")))],
        [],
        workshop.rounds(25),
    )


def _hooks(directory: Path) -> tuple[str, str]:
    return "-c", f"core.hooksPath={directory}"
