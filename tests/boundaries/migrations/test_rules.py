"""`migration.unqueued` in the one verdict, without any state: what CI and a server say."""

import pytest

from agentgrid.boundaries import checking
from agentgrid.boundaries.migrations.evidence import Evidence, digest_of, write_evidence
from agentgrid.boundaries.migrations.rules import QueueVerdict
from support.checks import broken, check, start_work
from support.grids import GRID
from support.repositories import Sandbox

DB = "services/billing/db"
OLD, NEW = f"{DB}/0001_first.sql", f"{DB}/0002_second.sql"
SQL = "CREATE TABLE t (id INT);\n"
UNQUEUED, FOREIGN = "migration.unqueued", "ownership.foreign"


def grid(*, rules: str = "", path: str = DB) -> str:
    return f"{GRID}migrations: {{main: {{path: {path}, owner: a2}}}}\n" + rules


def begin(repo: Sandbox, settings: str = "") -> Sandbox:
    """The lineage lies in what a2 owns; on the branch of a1."""
    repo.commit("A migration", **{OLD: SQL})
    return start_work(repo, settings or grid())


def integrated(path: str = NEW, content: str = SQL, lineage: str = "main") -> str:
    evidence = Evidence("m1", lineage, 2, digest_of(content.encode()), path.encode())
    return f"Integrate migration 2\n\n{write_evidence(evidence).decode()}"


@pytest.mark.parametrize("agent", ["a1", "a2"])
def test_a_new_migration_that_the_queue_does_not_know_is_one_finding_whoever_owns_the_place(
    repo: Sandbox, agent: str
) -> None:
    begin(repo).commit("By hand", **{NEW: SQL})
    report = check(repo, agent)
    assert broken(report) == [(UNQUEUED, NEW.encode())]
    assert f"agentgrid migration submit {NEW}; take it out with: git restore" in (report.findings[0].hint or "")


def test_without_the_rule_its_owner_may_write_what_it_likes(repo: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the finding comes from this rule alone."""
    begin(repo).commit("By hand", **{NEW: SQL})
    monkeypatch.setattr(checking, "judge_migrations", lambda *_, **__: QueueVerdict())
    assert broken(check(repo, "a2")) == []
    assert broken(check(repo, "a1")) == [(FOREIGN, NEW.encode())]


def test_a_person_is_not_asked(repo: Sandbox) -> None:
    begin(repo).commit("By hand", **{NEW: SQL, OLD: "-- other\n"})
    assert broken(check(repo, None)) == []


def test_what_the_queue_integrated_on_the_branch_is_open_to_who_carries_it(repo: Sandbox) -> None:
    begin(repo).commit(integrated(), **{NEW: SQL})
    assert broken(check(repo)) == []


@pytest.mark.parametrize("message", [integrated(content="other\n"), integrated(lineage="mart"), integrated(OLD)])
def test_evidence_of_another_content_lineage_or_file_opens_nothing(repo: Sandbox, message: str) -> None:
    begin(repo).commit(message, **{NEW: SQL})
    assert broken(check(repo)) == [(UNQUEUED, NEW.encode())]


def test_evidence_opens_no_other_file_beside(repo: Sandbox) -> None:
    begin(repo).commit(integrated(), **{NEW: SQL, f"{DB}/notes.txt": "x\n"})
    assert broken(check(repo)) == [(FOREIGN, f"{DB}/notes.txt".encode())]


def test_a_file_that_waits_is_told_to_get_its_number(repo: Sandbox) -> None:
    begin(repo).commit("Carry", **{f"{DB}/900000001_second.sql": SQL})
    (finding,) = check(repo).findings
    assert finding.message == "still has its provisional number"
    assert (finding.hint or "").startswith("give it its number: agentgrid migration integrate --on BRANCH")


@pytest.mark.parametrize("agent", ["a1", "a2"])
def test_a_migration_of_the_base_is_changed_moved_or_deleted_by_no_agent(repo: Sandbox, agent: str) -> None:
    begin(repo).commit("Change", **{OLD: "-- other\n"})
    assert broken(check(repo, agent)) == [(UNQUEUED, OLD.encode())]
    repo.git("mv", OLD, NEW)
    repo.commit("Move")
    assert broken(check(repo, agent)) == [(UNQUEUED, OLD.encode()), (UNQUEUED, NEW.encode())]


def test_other_files_of_the_directory_stay_a_matter_of_ownership(repo: Sandbox) -> None:
    begin(repo).commit("Notes", **{f"{DB}/README.md": "x\n", f"{DB}/old/0001_a.sql": "x\n"})
    assert broken(check(repo, "a2")) == []


def test_the_index_gets_the_verdict_of_the_commit(repo: Sandbox) -> None:
    begin(repo).write(NEW, SQL)
    repo.git("add", "--all")
    assert broken(check(repo, head=None)) == [(UNQUEUED, NEW.encode())]


def test_under_observation_it_is_a_warning_and_ownership_decides(repo: Sandbox) -> None:
    begin(repo, grid(rules=f"rules: {{{UNQUEUED}: warn}}\n")).commit("By hand", **{NEW: SQL})
    assert [(each.rule, each.severity) for each in check(repo, "a2").findings] == [(UNQUEUED, "warn")]
    assert {each.rule: each.severity for each in check(repo).findings} == {UNQUEUED: "warn", FOREIGN: "error"}


def test_the_rule_can_be_turned_off(repo: Sandbox) -> None:
    begin(repo, grid(rules=f"rules: {{{UNQUEUED}: off}}\n")).commit("By hand", **{NEW: SQL})
    assert broken(check(repo, "a2")) == []
    assert broken(check(repo)) == [(FOREIGN, NEW.encode())]


def test_what_was_no_lineage_where_the_branch_forked_off_was_allowed(repo: Sandbox) -> None:
    begin(repo, grid(path="elsewhere"))
    repo.switch("a2")
    repo.commit("By hand", **{NEW: SQL})
    repo.git("switch", "--quiet", "main")
    repo.commit("A lineage", **{"agentgrid.yaml": grid()})
    repo.git("switch", "--quiet", "a2")
    assert broken(check(repo, "a2")) == []
    repo.git("rebase", "--quiet", "main")
    assert broken(check(repo, "a2")) == [(UNQUEUED, NEW.encode())]


def test_the_last_migration_s_name_goes_along_with_one_that_is_carried(repo: Sandbox) -> None:
    app = "services/billing/migrations"
    settings = f"{GRID}migrations: {{main: {{path: {app}, style: django, owner: a2}}}}\n"
    begin(repo, settings).commit("Only the name", **{f"{app}/max_migration.txt": "0002_second\n"})
    assert broken(check(repo)) == [(FOREIGN, f"{app}/max_migration.txt".encode())]
    repo.commit(integrated(f"{app}/0002_second.py"), **{f"{app}/0002_second.py": SQL})
    assert broken(check(repo)) == []
