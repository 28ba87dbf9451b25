"""Agents submit chains of migrations in three styles at random, and integrations race and are killed.

`run_chaos` leaves a grid whose queue is empty in the end; `find_faults` judges what came of it. As a program it takes
its size: `scripts/chaos-migrations --agents 12 --seed 3`.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.boundaries.policy.compiled import lineage_prefix
from agentgrid.grid import Grid
from agentgrid.integration.migrations.numbers.lineage_tree import read_lineage, unpack_tree
from agentgrid.integration.migrations.styles.registry import style_for
from agentgrid.integration.migrations.trying.running import try_migrations
from agentgrid.integration.migrations.trying.trial import Trial
from support import alembic_lineages, django_lineages
from support.grids import GridSandbox, equip_grid
from support.hermetic import hermetic_environment
from support.program import BIN, with_program
from support.repositories import create_repository

PATHS = {"sql": "db/sql", "alembic": "db/alembic/versions", "django": "shop/migrations"}
OWNERS = {"sql": "a1", "alembic": "a2", "django": "a3"}
START = {"sql": "0001_start.sql", "alembic": "start0_add_t_start0.py", "django": "0001_start.py"}
QUIET = ("-c", f"core.hooksPath={os.devnull}")
MOST_ROUNDS = 12


@dataclass
class Outcome:
    """`told`: ids whose submission was answered, by agent, lineage and in the order of their chain. `asked`: ids that
    have no file in a branch. `tables`: lineage → what its migrations make."""

    grid: GridSandbox
    told: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    tables: dict[str, list[str]] = field(default_factory=dict)
    kills: int = 0
    errors: list[str] = field(default_factory=list)
    rounds: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def requests(self) -> list[MigrationRequest]:
        return Grid.open(self.grid.main.path).integration.migrations.list_all()


def make_chaos_grid(path: Path, agents: int) -> GridSandbox:
    """`a1` to `a<agents>`; the first three own a lineage each."""
    names = [f"a{number}" for number in range(1, agents + 1)]
    lineages = "".join(
        f"  {style}: {{path: {PATHS[style]}, style: {style}, owner: {owner}, dialect: sqlite}}\n"
        for style, owner in OWNERS.items()
    )
    owned = {name: f"services/{name}/**" for name in names}
    for style, owner in OWNERS.items():
        owned[owner] = f"{PATHS[style]}/**"
    files = {
        "agentgrid.yaml": f'version: 1\nworktree: "../wt-{{agent}}"\nmigrations:\n{lineages}',
        **{
            f"config/agents/{name}.yaml": f"id: {name}\nowns: {{critical: ['{each}']}}\n"
            for name, each in owned.items()
        },
        f"{PATHS['sql']}/{START['sql']}": "CREATE TABLE start0 (id INTEGER PRIMARY KEY);\n",
        f"{PATHS['alembic']}/{START['alembic']}": alembic_lineages.revision("start0", None).decode(),
        f"{PATHS['django']}/{START['django']}": django_lineages.migration("Start").decode(),
        f"{PATHS['django']}/__init__.py": "",
        "shop/__init__.py": "",
    }
    return equip_grid(create_repository(path, **files), *names)


def run_chaos(path: Path, *, agents: int, seed: int, racers: int = 3) -> Outcome:
    """Everything submits at once while integrations are at work already; ends when the queue is empty."""
    outcome = Outcome(make_chaos_grid(path / "shop", agents))
    outcome.tables = {"sql": ["start0"], "alembic": ["t_start0"], "django": ["Start"]}
    done = threading.Event()
    with ThreadPoolExecutor(racers + 4) as pool:
        racing = [pool.submit(_race, outcome, random.Random(seed * 100 + number), done) for number in range(racers)]
        submitting = [
            pool.submit(_submit_all, outcome, agent, random.Random(f"{seed}-{agent}")) for agent in outcome.grid.desks
        ]
        for each in submitting:
            each.result()
        time.sleep(2)
        done.set()
        for racer in racing:
            racer.result()
    _finish(outcome)
    return outcome


def _submit_all(outcome: Outcome, agent: str, chance: random.Random) -> None:
    """One chain of one to three in a style at random."""
    style = chance.choice(list(PATHS))
    desk, length = outcome.grid.desks[agent], chance.randint(1, 3)
    is_asked = style == "sql" and chance.random() < 0.4
    previous = {"alembic": "start0", "django": "0001_start"}.get(style, "")
    for step in range(1, length + 1):
        name, content, previous, table = _make(style, agent, step, previous)
        with outcome.lock:
            outcome.tables[style].append(table)
        if is_asked:
            file = desk.path.parent / f"{agent}-{step}.sql"
            file.write_bytes(content)
            before = [each for ids in [outcome.told.get((agent, style), [])] for each in ids[-1:]]
            needs = [part for each in before for part in ("--depends-on", each)]
            arguments: list[str] = [str(file), "--ask", "--lineage", style, "--title", f"{agent} {step}", *needs]
        else:
            place = desk.path / PATHS[style] / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            arguments = [f"{PATHS[style]}/{name}"]
        done = _run(outcome, desk.path, "migration", "submit", *arguments)
        if done.returncode != 0:
            outcome.errors.append(f"{agent} submits {arguments}: {done.stderr.decode()}")
            return
        with outcome.lock:
            newest = max((each for each in outcome.requests() if each.agent == agent), key=lambda each: each.counted)
            outcome.told.setdefault((agent, style), []).append(newest.id)
        if newest.file is not None:
            previous = {"django": newest.file.rpartition(b"/")[2].removesuffix(b".py").decode()}.get(style, previous)
    if not is_asked:
        desk.git("add", "--all")
        desk.git("commit", "--quiet", "--message", f"Chain of {agent}")


def _make(style: str, agent: str, step: int, previous: str) -> tuple[str, bytes, str, str]:
    """(file name, content, what the next one follows, the table that it makes)"""
    if style == "sql":
        table = f"t_{agent}_{step}"
        return (
            f"{step + 1:04}_{agent}_{step}.sql",
            f"CREATE TABLE {table} (id INTEGER PRIMARY KEY);\n".encode(),
            "",
            table,
        )
    if style == "alembic":
        id_ = f"{agent}x{step}"
        return f"{id_}_add.py", alembic_lineages.revision(id_, previous), id_, f"t_{id_}"
    model = f"T{agent.title()}{step}"
    name = f"{step + 1:04}_{agent}_{step}"
    return f"{name}.py", django_lineages.migration(model, previous), name, model


def _race(outcome: Outcome, chance: random.Random, done: threading.Event) -> None:
    """Approves, integrates, lands, in processes that mostly don't live to see the end."""
    while not done.is_set():
        submitted = [each.id for each in outcome.requests() if each.status == "submitted"]
        if submitted:
            _run(outcome, outcome.grid.main.path, "migration", "approve", *submitted)
        command = chance.choice(_commands(outcome, chance))
        _run(outcome, outcome.grid.main.path, *command, kill_after_s=chance.uniform(0.3, 4.0))


def _commands(outcome: Outcome, chance: random.Random) -> list[list[str]]:
    agent = chance.choice(list(outcome.grid.desks))
    branch = outcome.grid.desks[agent].git("branch", "--show-current")
    return [
        ["land", "--all", "--no-fetch"],
        ["land", agent, "--no-fetch"],
        ["migration", "integrate", "sql"],
        ["migration", "integrate", "--on", branch],
    ]


def _run(
    outcome: Outcome, where: Path, *arguments: str, kill_after_s: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """One process of `agentgrid`, and those that it started, killed after that time where one is given."""
    with subprocess.Popen([str(BIN / "agentgrid"), *arguments], cwd=where, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=with_program(),
                          start_new_session=True) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=kill_after_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            outcome.kills += 1
    if process.returncode == 70 or b"Traceback" in err:
        outcome.errors.append(f"{arguments}: {err.decode()}")
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _finish(outcome: Outcome) -> None:
    """Nobody is killed any more: all that is left lands."""
    main = outcome.grid.main.path
    while any(each.status != "integrated" or each.target != "main" for each in outcome.requests()):
        outcome.rounds += 1
        if outcome.rounds > MOST_ROUNDS:
            outcome.errors.append(
                f"not done after {MOST_ROUNDS} rounds: {_run(outcome, main, 'land', '--all').stdout.decode()}"
            )
            return
        submitted = [each.id for each in outcome.requests() if each.status == "submitted"]
        commands = [["migration", "approve", *submitted]] if submitted else []
        commands += [["sync", *outcome.grid.desks, "--no-fetch"], ["migration", "integrate", "sql"], ["land", "--all"]]
        for command in commands:
            _run(outcome, main, *command)


def find_faults(outcome: Outcome) -> list[str]:
    """What isn't as it has to be; nothing when all is well."""
    faults = list(outcome.errors)
    requests = {each.id: each for each in outcome.requests()}
    told = [id_ for ids in outcome.told.values() for id_ in ids]
    faults += [
        f"{id_} was submitted and is {_status(requests, id_)}" for id_ in told if _status(requests, id_) != "main"
    ]
    for (agent, style), ids in outcome.told.items():
        numbers = [requests[id_].number for id_ in ids if id_ in requests]
        if numbers != sorted(numbers, key=lambda number: number or 0):
            faults.append(f"the chain of {agent} in {style} has the numbers {numbers}")
    return [*faults, *(fault for style in PATHS for fault in _lineage_faults(outcome, style, requests))]


def _status(requests: dict[str, MigrationRequest], id_: str) -> str | None:
    found = requests.get(id_)
    return None if found is None else found.target if found.status == "integrated" else found.status


def _lineage_faults(outcome: Outcome, name: str, requests: dict[str, MigrationRequest]) -> list[str]:
    git, style = outcome.grid.repository.git, style_for(name)
    files = read_lineage(git, "main", PATHS[name], style)
    chain = style.read_chain(files)
    mine = [each for each in requests.values() if each.lineage == name]
    there = {each.files[0] for each in chain.entries}
    expected = {each.file.removeprefix(lineage_prefix(PATHS[name])) for each in mine if each.file}
    faults = [f"{name}: {each}" for each in (*chain.doubles, *chain.gaps, *chain.broken)]
    faults += [f"{name}: {len(chain.heads)} heads"] if len(chain.heads) != 1 else []
    if there - expected != {START[name].encode()} or expected - there:
        faults.append(f"{name}: files {sorted(there ^ expected)} and requests differ")
    numbers = sorted(each.number or 0 for each in mine)
    if numbers != list(range(2, len(mine) + 2)):
        faults.append(f"{name}: numbers {numbers}")
    return faults


def require_one_schema(outcome: Outcome, place: Path) -> dict[str, str]:
    """Tries what landed: blank and head databases must end the same, or this raises. Lineage → schema."""
    grid = Grid.open(outcome.grid.main.path)
    place.mkdir()
    unpack_tree(outcome.grid.repository.git, "main", place)
    schemas = {}
    for name, lineage in grid.in_force.policy.grid.migrations.items():
        style = style_for(name)
        chain = style.read_chain(read_lineage(outcome.grid.repository.git, "main", lineage.path, style))
        names = [_trial_name(name, each.key, each.files[0].decode()) for each in chain.entries]
        trial = Trial(place, name, lineage, tuple(names[:1]), tuple(names[1:]), root=outcome.grid.main.path)
        [tried] = try_migrations(trial, lambda _who, _what: None).tried
        schemas[name] = tried.schema
    return schemas


def _trial_name(style: str, key: str, file: str) -> str:
    return file.removesuffix(".py") if style == "django" else key if style == "alembic" else file


def main(arguments: list[str] | None = None) -> int:
    """Runs until the queue is empty, and tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--racers", type=int, default=3)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="agentgrid-chaos-") as directory:
        for name, value in hermetic_environment(Path(directory) / "home").items():
            os.environ[name] = value
        begun = time.monotonic()
        outcome = run_chaos(Path(directory), agents=asked.agents, seed=asked.seed, racers=asked.racers)
        faults = find_faults(outcome)
        schemas = require_one_schema(outcome, Path(directory) / "tree") if not faults else {}
    counted = Counter(style for (_, style), ids in outcome.told.items() for _ in ids)
    print(f"{sum(counted.values())} requests ({', '.join(f'{n} {style}' for style, n in sorted(counted.items()))}), "
          f"{outcome.kills} kills, {time.monotonic() - begun:.0f} s, {len(schemas)} schemas agree")  # fmt: skip
    for fault in faults:
        print(f"fault: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
