"""64 processes at the leases at once, killed and stopped at random: what the log says afterwards. See also
`scripts/chaos-leases`, the same for as long as one likes."""

from collections import Counter
from pathlib import Path
from typing import Any

from support.lease_chaos import judge, run_chaos
from support.lease_checker import Told, find_faults, find_lost, read_log


def test_at_no_index_of_the_log_do_two_holders_share_a_path_and_nothing_that_was_told_is_lost(tmp_path: Path) -> None:
    outcome = run_chaos(tmp_path / "run", processes=64, seconds=12, seed=3)

    assert judge(outcome, tmp_path / "asked") == []
    kinds = Counter(event["kind"] for event in read_log(outcome.database))
    assert {"lease.acquired", "lease.released"} <= kinds.keys()
    assert len(outcome.told) + outcome.refusals > 500  # on a machine that does little else: many thousands
    assert outcome.kills > 5
    assert outcome.stops > 5


def test_without_the_conflict_check_the_checker_finds_shared_paths(tmp_path: Path) -> None:
    outcome = run_chaos(tmp_path / "run", processes=8, seconds=2, seed=3, has_check=False)

    assert any("share" in fault for fault in judge(outcome, tmp_path / "asked"))


def event(seq: int, kind: str, token: int, holder: str, *patterns: str, actor: str = "") -> dict[str, Any]:
    after = {"holder": holder, "patterns": list(patterns)} if patterns else None
    return {"seq": seq, "kind": kind, "token": token, "actor": actor or holder, "before": None, "after": after}


COVERED = {"a": frozenset({b"a"}), "*": frozenset({b"a", b"b"}), "b": frozenset({b"b"})}


def test_the_checker_sees_a_shared_path_until_the_first_holder_gives_it_up() -> None:
    log = [event(1, "lease.acquired", 1, "w1", "a"), event(2, "lease.acquired", 2, "w2", "*")]
    assert [fault.partition(" [")[0] for fault in find_faults(log, COVERED)] == ["at 2: leases 2 and 1 share"]

    log.insert(1, event(2, "lease.released", 1, "w1"))
    log[2]["seq"] = 3
    assert find_faults(log, COVERED) == []


def test_the_checker_sees_gaps_repeated_tokens_and_ends_of_what_does_not_live() -> None:
    log = [event(1, "lease.acquired", 2, "w1", "a"), event(3, "lease.acquired", 2, "w1", "b"),
           event(4, "lease.released", 7, "w1")]  # fmt: skip

    assert [fault.partition(":")[0] for fault in find_faults(log, COVERED)] == [
        "event 3 stands at place 2", "at 3", "event 4 stands at place 3", "at 4",
    ]  # fmt: skip


def test_the_checker_misses_what_was_told_and_is_not_in_the_log() -> None:
    log = [event(1, "lease.acquired", 1, "w1", "a")]

    assert find_lost(log, [Told("locked", "w1", 1), Told("unlocked", "w1", 1)]) == [Told("unlocked", "w1", 1)]
