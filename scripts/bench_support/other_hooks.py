"""The guard, doing its whole work, against hook runners that do nothing: pre-commit and lefthook with a no-op hook.

Both peers are installed into the scratch directory; where a package index can't be reached their row says so.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from bench_support.guarded import build_guarded, stage_changes
from bench_support.harness import Absence, Contender, CouldNotRun, Experiment, Target
from bench_support.workshop import Workshop

PRE_COMMIT_CONFIG = """\
repos:
  - repo: local
    hooks:
      - {id: nothing, name: nothing, entry: "true", language: system, always_run: true, pass_filenames: false}
"""
LEFTHOOK_CONFIG = """\
pre-commit:
  commands:
    nothing:
      run: "true"
"""
HOOK = ("git", "hook", "run", "pre-commit")
OURS, PRE_COMMIT, LEFTHOOK = "agentgrid guard", "pre-commit, no-op", "lefthook, no-op"
Installed = Callable[[Path], dict[str, str]]


def prepare(workshop: Workshop) -> list[Experiment]:
    peers: dict[str, Installed] = {}
    absent: list[Absence] = []
    for name, install in ((PRE_COMMIT, _install_pre_commit), (LEFTHOOK, _install_lefthook)):
        try:
            peers[name] = install(workshop)
        except CouldNotRun as error:
            absent.append(Absence(name, str(error).splitlines()[0]))
    large = 1500 if workshop.quick else 5000
    return [
        _race(workshop, peers, absent, files=large, rules=500, staged=200, lefthook_at_most=1 / 3),
        _race(workshop, peers, absent, files=200, rules=20, staged=5, lefthook_at_most=1.3),
    ]


def _race(
    workshop: Workshop, peers: dict[str, Installed], absent: list[Absence], *, files: int, rules: int, staged: int,
    lefthook_at_most: float,
) -> Experiment:  # fmt: skip
    guarded = build_guarded(workshop, f"guard-{files}", files=files, rules=rules, staged=staged)
    contenders = [Contender(OURS, workshop.act(*HOOK, cwd=guarded.worktree))]
    for name, installed in peers.items():
        shop = workshop.sample(f"{name.split(',')[0]}-{files}", files=files)
        environment = installed(shop)
        stage_changes(workshop, shop, staged)
        contenders.append(Contender(name, workshop.act(*HOOK, cwd=shop, env=environment)))
    targets = [Target("#2", OURS, PRE_COMMIT, 1 / 7), Target("#2", OURS, LEFTHOOK, lefthook_at_most)]
    title = f"other hooks: {staged} staged paths, {files} files; ours with {rules} rules, theirs with nothing to do"
    return Experiment(title, contenders, targets, workshop.rounds(20), absent)


def _install_pre_commit(workshop: Workshop) -> Installed:
    place = workshop.scratch / "pre-commit"
    workshop.run(sys.executable, "-m", "venv", place, cwd=workshop.scratch)
    python, options = place / "bin" / "python", ["--quiet", "--disable-pip-version-check", "--retries=1"]
    workshop.run(python, "-m", "pip", "install", *options, "pre-commit", cwd=workshop.scratch)

    def installed(shop: Path) -> dict[str, str]:
        _commit_config(workshop, shop, ".pre-commit-config.yaml", PRE_COMMIT_CONFIG)
        workshop.run(place / "bin" / "pre-commit", "install", cwd=shop)
        return {}

    return installed


def _install_lefthook(workshop: Workshop) -> Installed:
    if shutil.which("npm") is None:
        raise CouldNotRun("npm was not found on PATH")
    place = workshop.scratch / "lefthook"
    place.mkdir()
    workshop.run(
        "npm", "install", "--prefix", place, "--no-audit", "--no-fund", "--ignore-scripts", "lefthook", cwd=place
    )
    binaries = sorted((place / "node_modules").glob("lefthook-*/bin/lefthook"))
    if not binaries:
        raise CouldNotRun("the npm package has no program for this machine")

    def installed(shop: Path) -> dict[str, str]:
        environment = {"LEFTHOOK_BIN": str(binaries[0])}  # straight to the program, past npm's wrapper
        _commit_config(workshop, shop, "lefthook.yml", LEFTHOOK_CONFIG)
        workshop.run(binaries[0], "install", cwd=shop, env=environment)
        return environment

    return installed


def _commit_config(workshop: Workshop, shop: Path, name: str, text: str) -> None:
    (shop / name).write_text(text, encoding="utf-8")
    workshop.run("git", "add", name, cwd=shop)
    workshop.run("git", "commit", "--quiet", "-m", "Configure hooks", cwd=shop)
