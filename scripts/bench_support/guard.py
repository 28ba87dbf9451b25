"""The pre-commit guard against the pipe floor: git lists what is staged while an empty Python starts.

Measured twice: the hook file by itself, and as git runs it; and where contents are read for secrets.
"""

import sys
from pathlib import Path

from bench_support.guarded import build_guarded
from bench_support.harness import Contender, Experiment, Target
from bench_support.workshop import Workshop, write_program

FLOOR = """\
#!/bin/sh
{{ git diff-index --cached --raw -z --no-renames --ignore-submodules=none HEAD && printf 'END\\0'; }} |
    {python} -I -S -c 'import sys; sys.stdin.buffer.read()'
"""
RUN_HOOK = ("hook", "run", "pre-commit")


def prepare(workshop: Workshop) -> list[Experiment]:
    files = 1500 if workshop.quick else 5000
    guarded = build_guarded(workshop, "guard", files=files, rules=500, staged=200)
    floor = write_program(workshop.scratch / "floor" / "pre-commit", FLOOR.format(python=sys.executable))
    keyed = build_guarded(workshop, "guard-keys", files=files, rules=500, staged=200, with_keys=True)
    known = {"API_KEY_A1": "sk-test-0123456789abcdef"}
    empty = write_program(workshop.scratch / "empty" / "pre-commit", "#!/bin/sh\n:\n")
    title = f"guard: 200 staged paths, 500 rules, {files} files"
    return [
        Experiment(
            f"{title}, the hook alone",
            [
                Contender("agentgrid guard", workshop.act(guarded.hook, cwd=guarded.worktree, env=guarded.environment)),
                Contender("pipe floor", workshop.act(floor, cwd=guarded.worktree, env=guarded.environment)),
            ],
            [Target("#1", "agentgrid guard", "pipe floor", 1.3)],
            workshop.rounds(40),
        ),
        Experiment(
            f"{title}, the hook alone, in a grid with keys",
            [
                Contender(
                    "with keys", workshop.act(keyed.hook, cwd=keyed.worktree, env={**keyed.environment, **known})
                ),
                Contender("without", workshop.act(guarded.hook, cwd=guarded.worktree, env=guarded.environment)),
                Contender("pipe floor", workshop.act(floor, cwd=guarded.worktree, env=guarded.environment)),
            ],
            [],
            workshop.rounds(40),
        ),
        Experiment(
            f"{title}, through git",
            [
                Contender("agentgrid guard", workshop.act("git", *RUN_HOOK, cwd=guarded.worktree)),
                Contender("pipe floor", workshop.act(*_through_git(floor.parent), cwd=guarded.worktree)),
                Contender("empty hook", workshop.act(*_through_git(empty.parent), cwd=guarded.worktree)),
            ],
            [Target("#1", "agentgrid guard", "pipe floor", 1.3)],
            workshop.rounds(40),
        ),
    ]


def _through_git(hooks: Path) -> list[str]:
    return ["git", "-c", f"core.hooksPath={hooks}", *RUN_HOOK]
