"""lock, unlock, locks, renew: the commands as people and agents type them."""

import getpass
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from support.golden import require_golden, same_everywhere
from support.program import BILLING, BIN, COMMON, ORDERS, InitialisedGrid, agentgrid, run, with_program

GOLDEN = Path(__file__).parent / "golden"
ME = f"@{getpass.getuser()}"


def test_lock_answers_with_the_lease(small_grid: InitialisedGrid) -> None:
    answer = agentgrid(small_grid.desks["a1"], "lock", COMMON, "--reason", "cache", "--ttl", "2h", "--json")

    assert (answer.code, json.loads(answer.out)["schema"]) == (0, "agentgrid.lock/1")
    lease = answer.data["lease"]
    assert list(lease) == [
        "id", "patterns", "holder", "incarnation", "host", "token", "acquired_at", "renewed_at", "expires_at",
        "reason", "automatic", "until", "state",
    ]  # fmt: skip
    assert (lease["id"], lease["patterns"], lease["holder"], lease["token"]) == ("L1", [COMMON], "a1", 1)
    assert (lease["reason"], lease["automatic"], lease["until"], lease["state"]) == ("cache", False, "landed", "held")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lease["expires_at"])


def test_a_lease_of_somebody_else_is_exit_code_1_and_the_error_carries_it(small_grid: InitialisedGrid) -> None:
    assert agentgrid(small_grid.desks["a1"], "lock", "services/common/**").code == 0

    answer = agentgrid(small_grid.desks["a2"], "lock", COMMON, "--json")

    assert (answer.code, answer.error["code"]) == (1, "lock_held")
    assert answer.error["details"]["lease"]["holder"] == "a1"
    assert answer.error["message"].startswith(f"{COMMON} is locked by a1 (lease 1 on services/common/**) since ")
    assert answer.error["hint"] == f"wait for it: agentgrid lock --wait 30m {COMMON}"
    assert agentgrid(small_grid.desks["a2"], "lock", COMMON, "--dry-run").code == 1


def test_a_day_with_leases_reads_like_this(small_grid: InitialisedGrid) -> None:
    a1, a2 = small_grid.desks["a1"], small_grid.desks["a2"]
    said = []
    for where, arguments in (
        (a1, ("lock", COMMON, "--reason", "cache keys")),
        (a1, ("lock", COMMON)),
        (a2, ("lock", "services/common/**")),
        (a2, ("lock", "services/common/other.py", "--dry-run")),
        (small_grid.main, ("lock", "README.md")),
        (a2, ("locks",)),
        (a1, ("renew",)),
        (a2, ("unlock", COMMON)),
        (a1, ("unlock", COMMON)),
        (small_grid.main, ("unlock", "--all")),
        (a1, ("locks",)),
    ):
        answer = agentgrid(where, *arguments)
        said += [f"$ agentgrid {' '.join(arguments)}  [{answer.code}]\n{answer.out}{answer.err}"]

    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "<time>", "".join(said)).replace(ME, "@me")
    require_golden(
        GOLDEN / "leases.txt", re.sub("─+", "─", same_everywhere(text, {"top": small_grid.main.path.parent}))
    )


def test_who_acts_is_the_worktree_s_agent_and_nobody_else(small_grid: InitialisedGrid) -> None:
    answer = agentgrid(small_grid.desks["a1"], "lock", COMMON, "--agent", "a2", "--json")
    assert (answer.code, answer.error["code"]) == (1, "not_permitted")

    for arguments in (("unlock", "--all"), ("renew",)):
        assert agentgrid(small_grid.desks["a1"], *arguments, "--agent", "a2").code == 1
    assert agentgrid(small_grid.desks["a1"], "lock", COMMON, "--agent", "a1").code == 0


def test_in_the_main_worktree_a_person_acts_or_an_agent_through_it(small_grid: InitialisedGrid) -> None:
    mine = agentgrid(small_grid.main, "lock", "README.md", "--json").data["lease"]
    theirs = agentgrid(small_grid.main, "lock", COMMON, "--agent", "a2", "--json").data["lease"]

    assert (mine["holder"], theirs["holder"]) == (ME, "a2")
    identity = small_grid.desks["a2"].git("rev-parse", "--absolute-git-dir") + "/agentgrid-identity"
    assert theirs["incarnation"] == Path(identity).read_text(encoding="ascii").split()[1]
    assert [each["token"] for each in agentgrid(small_grid.main, "locks", "--agent", "a2", "--json").data] == [2]
    assert [each["token"] for each in agentgrid(small_grid.main, "locks", "--agent", ME, "--json").data] == [1]


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [(ORDERS, "not_owner", "belongs to a2"), ("agentgrid.yaml", "refused", "is frozen for every agent")],
)
def test_a_lease_opens_no_path_that_is_another_s_or_frozen(
    small_grid: InitialisedGrid, path: str, code: str, said: str
) -> None:
    answer = agentgrid(small_grid.desks["a1"], "lock", COMMON, path, "--json")

    assert (answer.code, answer.error["code"]) == (1, code)
    assert said in answer.error["message"]
    assert agentgrid(small_grid.main, "locks", "--json").data == []


def test_one_s_own_path_needs_none_and_is_told_so(small_grid: InitialisedGrid) -> None:
    answer = agentgrid(small_grid.desks["a1"], "lock", BILLING)

    assert (answer.code, answer.err) == (0, f"note: {BILLING} is a1's own: no lease is needed\n")


def test_a_path_that_the_base_has_changed_since_is_warned_about(small_grid: InitialisedGrid) -> None:
    small_grid.main.commit("Change it on main", **{COMMON: "TTL_S = 1\n"})

    for where, arguments in ((small_grid.desks["a1"], ()), (small_grid.main, ("--agent", "a1"))):
        answer = agentgrid(where, "lock", "services/common/**", "lib/**", *arguments)
        assert answer.code == 0
        assert answer.err.startswith("note: the base has changed services/common/** since your branch left it (")
        assert "git merge" in answer.err

    small_grid.desks["a1"].git("-c", f"core.hooksPath={os.devnull}", "merge", "--quiet", "--ff-only", "main")
    assert agentgrid(small_grid.desks["a1"], "lock", "services/common/**").err == ""


def test_an_agent_may_not_take_leases_away_and_a_person_says_why(small_grid: InitialisedGrid) -> None:
    assert agentgrid(small_grid.desks["a1"], "lock", COMMON).code == 0

    assert agentgrid(small_grid.desks["a2"], "unlock", "--force", "--reason", "mine", COMMON).code == 1
    assert agentgrid(small_grid.main, "unlock", "--force", COMMON).code == 2
    assert agentgrid(small_grid.main, "unlock", "--force", "--reason", "stuck", COMMON).code == 0

    told = agentgrid(small_grid.desks["a1"], "locks")
    assert re.fullmatch(rf"notice: {re.escape(ME)} took lease 1 on {COMMON} away at \S+: stuck\n", told.err)
    assert agentgrid(small_grid.desks["a1"], "locks").err == ""
    late = agentgrid(small_grid.desks["a1"], "renew", "--token", "1")
    assert (late.code, "token 1 is over" in late.err) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("unlock",), ("unlock", "--all", COMMON), ("unlock", "--all", "--force", "--reason", "x"),
        ("lock",), ("lock", COMMON, "--ttl", "soon"), ("lock", "a**b"), ("lock", "../elsewhere"),
    ],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(small_grid: InitialisedGrid, arguments: tuple[str, ...]) -> None:
    assert agentgrid(small_grid.main, *arguments).code == 2


def start_waiting(grid: InitialisedGrid, *options: str) -> "subprocess.Popen[str]":
    """a2 waits for what a1 has; it is in the queue by now."""
    agentgrid(grid.desks["a1"], "lock", COMMON)
    command = [str(BIN / "agentgrid"), "lock", COMMON, "--wait", "5m", *options]
    waiting = subprocess.Popen(command, cwd=grid.desks["a2"].path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=with_program())  # fmt: skip
    assert waiting.stderr is not None
    said = waiting.stderr.readline()
    assert said.startswith(f"waiting, number 1 in the queue: {COMMON} is locked by a1 (lease 1)")
    return waiting


def test_control_c_gives_the_place_in_the_queue_up(small_grid: InitialisedGrid) -> None:
    waiting = start_waiting(small_grid)
    (lease,) = agentgrid(small_grid.main, "locks", "--json").data
    assert [each["holder"] for each in lease["waiting"]] == ["a2"]

    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate()

    assert (waiting.returncode, out, err) == (130, "", "")
    assert agentgrid(small_grid.main, "locks", "--json").data[0]["waiting"] == []


def test_waiting_ends_with_the_lease(small_grid: InitialisedGrid) -> None:
    waiting = start_waiting(small_grid, "--json")

    agentgrid(small_grid.desks["a1"], "unlock", "--all")
    out, _ = waiting.communicate()

    assert (waiting.returncode, json.loads(out)["data"]["lease"]["holder"]) == (0, "a2")


def test_on_a_terminal_the_place_in_the_queue_is_one_line_that_changes(small_grid: InitialisedGrid) -> None:
    agentgrid(small_grid.desks["a1"], "lock", COMMON)
    program = Path(__file__).parents[1] / "support" / "in_terminal.py"

    answer = run(small_grid.desks["a2"], "python", str(program), "agentgrid", "lock", COMMON, "--wait", "1s")

    assert answer.code == 1
    assert answer.out.count("\r\x1b[Kwaiting, number 1 in the queue") == 1


def test_nothing_is_stored_by_looking(small_grid: InitialisedGrid) -> None:
    state = small_grid.main.path / ".git/agentgrid/state"
    before = state.exists()

    assert agentgrid(small_grid.main, "locks", "--json").data == []
    assert agentgrid(small_grid.desks["a1"], "lock", COMMON, "--dry-run").out == f"would lock {COMMON}\n"
    assert agentgrid(small_grid.desks["a1"], "renew").out == "nothing to renew\n"
    assert state.exists() == before


def test_a_shell_completes_what_is_locked(small_grid: InitialisedGrid) -> None:
    agentgrid(small_grid.desks["a1"], "lock", COMMON, "lib/**")

    for typed, offered in (("agentgrid unlock ", ["lib/**", COMMON]), ("agentgrid unlock serv", [COMMON])):
        variables = {"_AGENTGRID_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": "2"}
        assert run(small_grid.main, "agentgrid", env=variables).out.split() == offered
