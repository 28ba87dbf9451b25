"""`secret.leaked`: in every commit of a branch and in the index, by exact value and by looks, for anybody."""

import pytest

from agentgrid.boundaries import checking
from agentgrid.boundaries.checking import check_commit, check_index
from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.leases.rules import LeasePoint
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.secrets.leaks import is_asked
from support.desks import make_policy, open_repository
from support.repositories import Sandbox

KEY = "sk-test-0123456789"
TOKEN = "ghp_" + "a1B2" * 9
RANDOM = "Zm9vYmFyMTIzQWJjRGVmR2hpSmtsTW5vUHFy"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
APP = "services/orders/main.py"
GRID = "version: 1\nunowned: allow\nsecrets: {allow: ['docs/**', '!docs/live/**']}\nderived: {/schema.txt: make}\n"
AGENTS = {"a1": "id: a1\nkeys: {OPENAI_API_KEY: env:KEY_OF_A1, PEM: file:pem}\nowns: {critical: [services/**]}\n"}


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_A1", KEY)


@pytest.fixture
def work(repo: Sandbox) -> Sandbox:
    repo.switch("work")
    return repo


def territory(grid: str = GRID) -> Territory:
    return Territory(compile_policy(make_policy(grid, AGENTS)))


def check(repo: Sandbox, agent: str | None = "a1", *, grid: str = GRID, head: str | None = "HEAD") -> list[Finding]:
    """`secret.leaked` of what a commit adds to main, or of the index (`head` None)."""
    repository, base = open_repository(repo), repo.oid("main")
    if head is None:
        report = check_index(repository, territory(grid), agent=agent, base=base)
    else:
        report = check_commit(repository, territory(grid), agent=agent, base=base, head=repo.oid(head))
    return [each for each in report.findings if each.rule == "secret.leaked"]


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(each.path.decode(), each.message) for each in findings]


IN_KEY = "line 2 has the value of OPENAI_API_KEY (a1's key) in it"
LIKE_TOKEN = "line 1 looks like a secret (GitHub Token)"


@pytest.mark.parametrize("agent", ["a1", None])
def test_a_known_key_is_found_in_the_index_and_in_a_commit(work: Sandbox, agent: str | None) -> None:
    work.write(APP, f"import os\nkey = '{KEY}'\n")
    work.git("add", APP)
    assert told(check(work, agent, head=None)) == [(APP, IN_KEY)]

    work.git("commit", "-qm", "Leak")
    assert told(check(work, agent)) == [(APP, IN_KEY)]


def test_without_the_check_nothing_is_found(work: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    work.commit("Leak", **{APP: f"\nkey = '{KEY}'\n", "t.py": TOKEN})
    assert len(check(work)) == 2

    monkeypatch.setattr(checking, "commit_leaks", lambda *_, **__: ())
    assert check(work) == []


def test_no_finding_shows_the_secret(work: Sandbox) -> None:
    work.commit("Leak", **{APP: KEY, "t.py": TOKEN, "r.py": f"x = '{RANDOM}'"})

    found = check(work)

    assert len(found) == 3
    assert not any(text in f"{each}{each.as_json()}" for each in found for text in (KEY, TOKEN, RANDOM))


def test_a_key_that_a_later_commit_takes_out_is_still_in_the_history(work: Sandbox) -> None:
    leak = work.commit("Leak", **{APP: f"\n{KEY}\n"})
    work.commit("Take it out", **{APP: "ORDERS = [1]\n"})

    [finding] = check(work)

    assert (finding.path, finding.commit) == (APP.encode(), leak)
    assert finding.hint is not None
    assert f"git rebase -i {leak[:10]}^" in finding.hint


def test_the_first_of_several_commits_is_named_and_no_other(work: Sandbox) -> None:
    leak = work.commit("Leak", **{APP: f"\n{KEY}\n"})
    work.commit("Go on", **{APP: f"import os\n\n{KEY}\n"})

    assert [each.commit for each in check(work)] == [leak]


def test_what_was_there_before_is_not_charged(work: Sandbox) -> None:
    work.switch("main")
    work.commit("Old sins", **{APP: f"{KEY}\n", "t.py": f"{TOKEN}\n"})
    work.switch("new")
    work.commit("Beside it", **{APP: f"import os\n{KEY}\n"})
    work.git("mv", "t.py", "moved.py")
    work.git("commit", "-qm", "Move")

    assert check(work) == []

    work.commit("Once more", **{APP: f"import os\n{KEY}\n{KEY}\n"})
    assert len(check(work)) == 1


def test_a_base_fix_that_was_picked_is_not_charged(work: Sandbox) -> None:
    work.commit("Mine", **{"mine.py": "x = 1\n"})
    work.switch("main")
    fix = work.commit("Fix", **{"t.py": f"{TOKEN}\n"})
    work.switch("work")
    work.git("cherry-pick", fix)

    assert check(work) == []


def test_a_merge_is_answerable_for_what_no_parent_has(work: Sandbox) -> None:
    work.commit("Mine", **{"mine.py": "x = 1\n"})
    work.switch("main")
    work.commit("Theirs", **{"theirs.py": f"{TOKEN}\n"})
    work.switch("work")
    work.git("merge", "-q", "--no-commit", "main")
    assert check(work, head=None) == []
    work.write("evil.py", TOKEN)
    work.git("add", "evil.py")
    work.git("commit", "-qm", "Merge")

    assert told(check(work)) == [("evil.py", LIKE_TOKEN)]


def test_a_hash_in_a_lock_file_is_none_and_a_token_is_one_even_there(work: Sandbox) -> None:
    locks = {
        "pnpm-lock.yaml": f"key:\n  integrity: '{HASH}'\n  token: '{RANDOM}'\n",
        "uv.lock": f"'{HASH}'\n",
        "schema.txt": f"'{RANDOM}'\n",
        "requirements.txt": f"x==1 --hash=sha256:{HASH}\n",
    }
    work.commit("Lock", **locks)
    assert check(work) == []

    work.commit("Token", **{"uv.lock": TOKEN})
    assert told(check(work)) == [("uv.lock", LIKE_TOKEN)]


def test_the_allow_list_frees_looks_and_no_known_key(work: Sandbox) -> None:
    work.commit("Docs", **{"docs/a.md": TOKEN, "docs/live/b.md": TOKEN, "docs/c.md": f"\n{KEY}\n"})

    assert told(check(work)) == [("docs/c.md", IN_KEY), ("docs/live/b.md", LIKE_TOKEN)]


def test_a_pragma_frees_looks_and_no_known_key(work: Sandbox) -> None:
    pragma = "# pragma: allowlist secret\n"
    work.commit("Say so", **{APP: f"t = '{TOKEN}' {pragma}k = '{KEY}' {pragma}"})

    assert told(check(work)) == [(APP, IN_KEY)]


def test_a_key_of_several_lines_is_found_as_a_whole(work: Sandbox) -> None:
    work.write("pem", "first line\nsecond line\n")
    work.write(".git/info/exclude", "/pem\n")
    work.commit("Leak", **{APP: "x = '''\nfirst line\nsecond line\n'''\n", "fine.py": "first line\n"})

    assert told(check(work)) == [(APP, "line 2 has the value of PEM (a1's key) in it")]


def test_a_key_is_known_by_its_own_name_as_well(work: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEY_OF_A1")
    monkeypatch.setenv("OPENAI_API_KEY", "only-in-the-process")
    work.commit("Leak", **{APP: "only-in-the-process"})

    assert told(check(work)) == [(APP, "line 1 has the value of OPENAI_API_KEY (a key of this grid) in it")]


def test_a_value_of_fewer_than_8_characters_is_not_looked_for(work: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_A1", "orders")
    work.commit("Fine", **{APP: "orders = 1\n"})

    assert check(work) == []


def test_a_binary_file_is_looked_through_for_known_keys(work: Sandbox) -> None:
    work.commit("Leak", **{"a.bin": b"\0\xff" + KEY.encode() + b"\0", "b.bin": b"\0" + TOKEN.encode()})

    assert [path for path, _ in told(check(work))] == ["a.bin"]


def test_the_first_commit_of_all_is_read(work: Sandbox) -> None:
    work.git("checkout", "-q", "--orphan", "fresh")
    work.write("t.py", TOKEN)
    work.git("add", "t.py")
    assert [path for path, _ in told(check(work, head=None))] == ["t.py"]

    work.git("commit", "-qm", "First")
    assert [path for path, _ in told(check(work))] == ["t.py"]


@pytest.mark.parametrize(("severity", "found"), [("off", []), ("warn", ["warn"]), ("error", ["error"])])
def test_the_policy_says_how_severe_it_is(work: Sandbox, severity: str, found: list[str]) -> None:
    work.commit("Leak", **{APP: KEY})

    assert [each.severity for each in check(work, grid=f"{GRID}rules: {{secret.leaked: {severity}}}\n")] == found


@pytest.mark.parametrize(
    ("mode", "with_keys", "asked"),
    [
        ("take", False, False),
        ("accept", False, False),
        ("look", False, True),
        (None, False, True),
        ("take", True, True),
    ],
)
def test_a_grid_without_keys_reads_contents_when_they_leave(mode: str | None, with_keys: bool, asked: bool) -> None:
    agents = AGENTS if with_keys else {"a1": "id: a1\n"}
    point = None if mode is None else LeasePoint(None, mode, None)  # type: ignore[arg-type]

    assert is_asked(Territory(compile_policy(make_policy(GRID, agents))), point) is asked
