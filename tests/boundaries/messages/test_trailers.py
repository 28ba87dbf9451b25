"""The trailers of a commit that is being made, and what those of a range say: whose, and under which leases."""

import os

import pytest

from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.messages.trailers import Draft, own_trailers, trailer_evidence, trailer_findings
from agentgrid.boundaries.patterns.intersection import dump_shape
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.errors import StoreError
from agentgrid.git.repository import Repository
from agentgrid.store.opening import open_store
from support.maps import make_territory
from support.repositories import Sandbox

GRID = "version: 1\ncommon: [services/common/**]\nfrozen: [/LICENSE]\nderived: {services/common/lock.json: make}\n"
CACHE = "services/common/cache.py"


@pytest.fixture
def territory() -> Territory:
    return make_territory(GRID, a1="{critical: [services/orders/**]}", a2="{critical: [services/billing/**]}")


def hold(repo: Sandbox, token: int, holder: str, *patterns: str, ended: bool = False) -> None:
    """A lease in the state, as the lease book writes it."""
    with open_store(repo.path / ".git").write() as session:
        session.run(
            """INSERT INTO leases (token, holder, incarnation, host, reason, is_automatic, until, ttl_ms, grace_ms,
                   boot, renewed_ms, acquired_at, renewed_at, ended_at, ended_how)
               VALUES (:token, :holder, '', 'h', '', 0, 'landed', 1, 1, 'b', 0, 't', 't', :ended_at, :ended_at)""",
            token=token, holder=holder, ended_at="t" if ended else None,
        )  # fmt: skip
        session.run_many(
            "INSERT INTO lease_patterns (token, position, pattern, shape) VALUES (:token, :position, :pattern, :shape)",
            [
                {"token": token, "position": position, "pattern": os.fsencode(text),
                 "shape": dump_shape(parse_pattern(text).segments)}
                for position, text in enumerate(patterns)
            ],
        )  # fmt: skip


def stamped(repo: Sandbox, territory: Territory, *, parent: str = "HEAD", is_merge: bool = False) -> list[bytes]:
    repository = Repository.discover(repo.path)
    draft = Draft(parent, repo.oid("main"), None, is_merge)
    return own_trailers(repository, territory, open_store(repository.common_dir), "a1", draft)


def branch_names(repo: Sandbox, territory: Territory, base: str) -> tuple[Finding, ...]:
    return trailer_findings(Repository.discover(repo.path), territory, base=base, head="HEAD")


def stage(repo: Sandbox, *paths: str) -> None:
    for path in paths:
        repo.write(path, f"{os.urandom(4).hex()}\n")
    repo.git("add", "--", *paths)


# A commit that is being made


def test_a_commit_names_each_live_lease_of_its_agent_on_the_common_paths_that_it_changes(
    repo: Sandbox, territory: Territory
) -> None:
    hold(repo, 3, "a1", f"/{CACHE}", "/services/common/*.py", "/services/common/other/**")
    hold(repo, 4, "a2", "/services/common/**")
    hold(repo, 5, "a1", f"/{CACHE}", ended=True)
    stage(repo, CACHE)
    assert stamped(repo, territory) == [
        b"Agent: a1",
        b'Agentgrid-Lock: 3 a1 "/services/common/cache.py"',
        b'Agentgrid-Lock: 3 a1 "/services/common/*.py"',
    ]


def test_paths_that_need_no_lease_name_none(repo: Sandbox, territory: Territory) -> None:
    hold(repo, 3, "a1", "/**")
    stage(repo, "services/orders/main.py", "LICENSE", "services/common/lock.json")
    assert stamped(repo, territory) == [b"Agent: a1"]
    stage(repo, "unowned.md")
    assert stamped(repo, territory) == [b"Agent: a1", b'Agentgrid-Lock: 3 a1 "/**"']


def test_without_any_state_there_is_the_agent_alone_and_none_is_made(repo: Sandbox, territory: Territory) -> None:
    stage(repo, CACHE)
    assert stamped(repo, territory) == [b"Agent: a1"]
    assert not (repo.path / ".git/agentgrid").exists()


def test_a_state_that_cant_be_read_matters_to_common_code_alone(repo: Sandbox, territory: Territory) -> None:
    hold(repo, 3, "a1", "/services/common/**")
    (repo.path / ".git/agentgrid/state/state.db").write_bytes(b"")
    stage(repo, "services/orders/main.py")
    assert stamped(repo, territory) == [b"Agent: a1"]
    stage(repo, CACHE)
    with pytest.raises(StoreError):
        stamped(repo, territory)


def test_a_commit_that_amends_is_held_against_the_parent_of_the_amended_one(
    repo: Sandbox, territory: Territory
) -> None:
    hold(repo, 3, "a1", "/services/common/**")
    repo.git("checkout", "--quiet", "-b", "work")
    repo.commit("Common", **{CACHE: "x\n"})
    assert stamped(repo, territory) == [b"Agent: a1"]
    assert stamped(repo, territory, parent="HEAD^") == [b"Agent: a1", b'Agentgrid-Lock: 3 a1 "/services/common/**"']


def test_of_what_a_merge_brings_only_what_is_not_the_bases_counts(repo: Sandbox, territory: Territory) -> None:
    hold(repo, 3, "a1", "/services/common/**")
    repo.git("checkout", "--quiet", "-b", "work")
    repo.git("checkout", "--quiet", "main")
    repo.commit("Landed", **{CACHE: "landed\n"})
    repo.git("checkout", "--quiet", "work")
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "main")
    assert stamped(repo, territory, is_merge=True) == [b"Agent: a1"]
    stage(repo, CACHE)
    assert len(stamped(repo, territory, is_merge=True)) == 2


def test_the_first_commit_of_a_history_is_held_against_nothing(repo: Sandbox, territory: Territory) -> None:
    hold(repo, 3, "a1", "/services/common/**")
    repo.git("checkout", "--quiet", "--orphan", "fresh")
    assert len(stamped(repo, territory)) == 2
    assert len(stamped(repo, territory, parent="HEAD^")) == 2


def test_a_submodule_link_is_under_a_lease_on_a_folder(repo: Sandbox, territory: Territory) -> None:
    hold(repo, 3, "a1", "/services/common/sub/")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.oid()},services/common/sub")
    assert stamped(repo, territory)[1:] == [b'Agentgrid-Lock: 3 a1 "/services/common/sub/"']


# What commits say


def test_commits_of_an_agent_on_a_branch_of_nobodys_are_findings(repo: Sandbox, territory: Territory) -> None:
    base = repo.oid()
    repo.commit("Person's")
    repo.commit("Unknown\n\nAgent: a9")
    repo.commit("Read\n\nReviewed-by: a1")
    repo.commit("Text\n\nAgent: a1\nis what this is about")
    mine = repo.commit("Work\n\nSigned-off-by: A\nagent: a1")
    [found] = branch_names(repo, territory, base)
    assert (found.rule, found.severity, found.owner, found.commit) == ("branch.name", "error", "a1", mine)
    assert found.message == f"commit {mine[:10]} is a1's by its trailer, but no agent has a branch of this name"
    assert found.hint == "name the agent (--agent a1), or rename the branch as `agentgrid start a1 TOPIC` would"


def test_what_was_merged_into_it_and_merges_themselves_are_none(repo: Sandbox, territory: Territory) -> None:
    base = repo.oid()
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("Work\n\nAgent: a1", **{"one.txt": "1\n"})
    repo.git("checkout", "--quiet", "-b", "mine", base)
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge\n\nAgent: a1", "side")
    assert branch_names(repo, territory, base) == ()


def test_the_policy_can_turn_it_off(repo: Sandbox) -> None:
    base = repo.oid()
    repo.commit("Work\n\nAgent: a1")
    quiet = make_territory("version: 1\nrules: {branch.name: off}\n", a1="{critical: [services/**]}")
    assert branch_names(repo, quiet, base) == ()


def test_the_evidence_of_a_range_is_each_lock_once(repo: Sandbox) -> None:
    repo.commit("Before\n\nAgentgrid-Lock: 1 a1 /base")
    base = repo.oid()
    repo.commit('One\n\nAgentgrid-Lock: 2 a1 "/a b"\nAgentgrid-Lock: 3 a1 "/gr\\303\\266\\377\\n"\nAgent: a1')
    repo.commit(
        'Two\n\nAgentgrid-Lock: 2 a1 "/a b"\nAgentgrid-Lock: 4 a2 "/x["\n'
        'Agentgrid-Lock: 4 a2 "!/x"\nAgentgrid-Lock: four a2 "/y"'
    )
    found = trailer_evidence(Repository.discover(repo.path), base, "HEAD")
    assert sorted(found) == [("a1", 2, b"/a b"), ("a1", 3, b"/gr\xc3\xb6\xff\n")]
