"""The benchmarks' own arithmetic with a clock that is told what to say, and one real run of a quick subject."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("bench_support.harness")


@pytest.fixture
def report(harness: ModuleType) -> ModuleType:
    return importlib.import_module("bench_support.report")


class Clock:
    """Acts take what they say they take; everything else takes no time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.log: list[str] = []

    def __call__(self) -> float:
        return self.now

    def act(self, name: str, *durations: float) -> Iterator[None]:
        for duration in durations:
            self.now += duration
            self.log.append(name)
            yield


def test_contenders_take_turns_and_the_first_round_is_not_counted(harness: ModuleType) -> None:
    clock = Clock()
    one, two = clock.act("one", 90, 1, 3, 2), clock.act("two", 90, 2, 2, 4)
    experiment = harness.Experiment(
        "race",
        [harness.Contender("one", lambda: next(one)), harness.Contender("two", lambda: next(two))],
        [harness.Target("#0", "one", "two", 0.5)],
        rounds=3,
    )

    result = harness.measure(experiment, clock)

    assert clock.log == ["one", "two", "two", "one", "one", "two", "two", "one"]
    assert {times.name: times.seconds for times in result.times} == {"one": (1, 3, 2), "two": (2, 2, 4)}
    assert [(each.ratio, each.is_met) for each in result.comparisons] == [(0.5, True)]


def test_what_is_put_back_between_two_acts_is_not_counted(harness: ModuleType) -> None:
    clock = Clock()
    acts, resets = clock.act("act", 1, 1), clock.act("reset", 50, 50)
    contender = harness.Contender("one", lambda: next(acts), lambda: next(resets))

    result = harness.measure(harness.Experiment("race", [contender], [], rounds=1), clock)

    assert result.times[0].seconds == (1,)
    assert clock.log == ["reset", "act", "reset", "act"]


def test_the_table_shows_times_ratios_and_what_is_absent(harness: ModuleType, report: ModuleType) -> None:
    clock = Clock()
    one, two = clock.act("one", 9, 0.3), clock.act("two", 9, 0.1)
    experiment = harness.Experiment(
        "race of two",
        [harness.Contender("ours", lambda: next(one)), harness.Contender("floor", lambda: next(two))],
        [harness.Target("#1", "ours", "floor", 1.3), harness.Target("#2", "ours", "peer", 1.0)],
        rounds=1,
        absent=[harness.Absence("peer", "npm was not found on PATH")],
    )

    table = report.render_result(harness.measure(experiment, clock))

    assert table.splitlines() == [
        "race of two",
        "  ours     300.0 ms  (300.0 ms .. 300.0 ms)",
        "  floor    100.0 ms  (100.0 ms .. 100.0 ms)",
        "  peer       absent  npm was not found on PATH",
        "  #1 ours / floor = 3.00 (target <= 1.30): MISSED",
        "  #2 ours / peer: not measured (target <= 1.00)",
    ]


def test_a_quick_run_prints_its_table_writes_its_numbers_and_ends_well(tmp_path: Path) -> None:
    done = run_bench("--quick", "--only", "matching", "--json", str(tmp_path / "numbers.json"))

    assert done.returncode == 0, done.stderr
    assert "matching: 500 rules (as people write them), 2000 paths" in done.stdout.splitlines()
    document = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    assert (document["schema"], document["quick"], document["failures"]) == ("agentgrid.bench/1", True, {})
    first = document["experiments"][0]
    assert [len(contender["seconds"]) for contender in first["contenders"]] == [3, 3, 3]
    assert [target["row"] for target in first["targets"]] == ["#12", "#12"]


def test_an_act_may_know_better_what_it_has_taken(harness: ModuleType) -> None:
    clock = Clock()
    contender = harness.Contender("one", lambda: harness.Taken(0.25))

    assert harness.measure(harness.Experiment("race", [contender], [], rounds=2), clock).times[0].seconds == (
        0.25,
        0.25,
    )


def test_processes_that_lose_an_update_could_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    counting = importlib.import_module("bench_support.counting")
    crowd = counting.Crowd("flock", tmp_path, 2)
    assert crowd.run_steps(5) == [5, 5]
    (tmp_path / "number").write_text("7")

    with pytest.raises(Exception, match=r"_Flock lost updates: 17 of 20 are left"):
        crowd.run_steps(5)


def test_conflicts_are_found_quickly(tmp_path: Path) -> None:
    done = run_bench("--quick", "--only", "conflicts", "--json", str(tmp_path / "numbers.json"))

    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    rows = [target["row"] for experiment in document["experiments"] for target in experiment["targets"]]
    assert rows == ["#5", "#5", "#5", "#6", "#6", "#7", "#7", "#8", "#8"]


def test_the_store_is_raced_quickly(tmp_path: Path) -> None:
    done = run_bench("--quick", "--only", "store", "--json", str(tmp_path / "numbers.json"))

    assert done.returncode == 0, done.stderr
    document = json.loads((tmp_path / "numbers.json").read_text(encoding="utf-8"))
    throughput, fairness = document["experiments"]
    assert [len(contender["seconds"]) for contender in throughput["contenders"]] == [3, 3, 3]
    assert [target["against"] for target in throughput["targets"]] == [
        "flock and fdatasync of a number", "filelock and JSON with fsync"
    ]  # fmt: skip
    slowest, fastest = fairness["contenders"]
    assert all(one >= other for one, other in zip(slowest["seconds"], fastest["seconds"], strict=True))


def test_a_benchmark_that_cannot_run_is_named_and_fails_the_run() -> None:
    code = (
        "import sys, types; from bench_support import __main__ as bench\n"
        "def broken(workshop): raise bench.CouldNotRun('no such input')\n"
        "sys.modules['bench_support.matching'] = types.SimpleNamespace(prepare=broken)\n"
        "sys.argv = ['bench', '--only', 'matching']; sys.exit(bench.main())"
    )

    done = run_python("-c", code)

    assert done.returncode == 1
    assert "matching: could not run: no such input" in done.stderr
    assert done.stdout == "targets: 0 met, 0 missed, 0 not measured; benchmarks that could not run: 1\n"


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run_python("-m", "bench_support", *arguments)


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT / "scripts"), str(ROOT / "tests")])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
