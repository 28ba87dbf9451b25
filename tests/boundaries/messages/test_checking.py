"""The form that a grid asks of commit messages, in a message and over a range of commits."""

from pathlib import Path

import pytest

from agentgrid.boundaries.messages.checking import judge_message, message_findings
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.git.repository import Repository
from support.maps import make_territory
from support.repositories import Sandbox

PATTERN, EXAMPLE = r"^[A-Z]+-\d+ ", "OBS-12 add cache"
ASKED = 'commits: {pattern: "^[A-Z]+-\\\\d+ ", example: OBS-12 add cache}\n'


def territory_of(text: str) -> Territory:
    return make_territory("version: 1\n" + text, a1="{critical: [services/**]}")


def findings(repo: Sandbox, text: str, base: str, *, agent: str | None = "a1") -> list[tuple[str, str | None]]:
    repository = Repository.discover(repo.path)
    found = message_findings(repository, territory_of(text), agent=agent, base=base, head="HEAD")
    return [(finding.severity, finding.commit) for finding in found]


@pytest.mark.parametrize(
    "text",
    [
        "OBS-12 add cache\n",
        "OBS-12 add cache\n\nBody.\n",
        "OBS-12 add\ncache\n",
        "fixup! OBS-12 add cache\n",
        "squash! fixup! OBS-12 add cache\n",
        "amend! OBS-12 add cache\n\nOBS-12 add a cache\n",
        'Revert "OBS-12 add cache"\n\nThis reverts commit 1234.\n',
        'Reapply "OBS-12 add cache"\n',
    ],
)
def test_a_message_in_the_form_has_no_finding(text: str) -> None:
    assert judge_message(text, PATTERN, EXAMPLE) is None


@pytest.mark.parametrize("text", ["add cache\n", "fixup! add cache\n", "x OBS-12 y\n", "add\n\nOBS-12 cache\n", ""])
def test_a_message_in_another_form_has_one(text: str) -> None:
    finding = judge_message(text, PATTERN, EXAMPLE)
    assert finding is not None
    assert (finding.rule, finding.severity, finding.path) == ("message.format", "error", b"")


def test_the_finding_says_what_was_read_what_is_asked_and_an_example() -> None:
    finding = judge_message("fixup! " + "long " * 30, PATTERN, EXAMPLE)
    assert finding is not None
    shown = ("long " * 30)[:59] + "…"
    assert finding.message == f"the message '{shown}' doesn't match `{PATTERN}` (commits.pattern in agentgrid.yaml)"
    assert finding.hint == "write it as in this one: OBS-12 add cache"


def test_a_pattern_for_the_end_means_the_end_of_the_subject_or_of_the_message() -> None:
    assert judge_message("add cache (#12)\n\nBody.\n", r"\(#\d+\)$", "add cache (#12)") is None
    assert judge_message("add cache\n\nRefs: #12\n", r"Refs: #\d+\n?$", "Refs: #12") is None
    assert judge_message("add cache\n\nbody (#12) goes on\n", r"\(#\d+\)$", "add cache (#12)") is not None


def test_each_commit_of_the_range_is_judged_but_merges_and_what_the_base_has(repo: Sandbox) -> None:
    repo.commit("no form, but it is on the base")
    base = repo.oid()
    repo.commit("OBS-1 good\n\nAgent: a1")
    bad = repo.commit("bad one")
    repo.git("checkout", "--quiet", "-b", "side", base)
    side = repo.commit("bad side")
    repo.git("merge", "--quiet", "--no-edit", "--no-ff", bad)
    assert sorted(findings(repo, ASKED, base)) == sorted([("error", bad), ("error", side)])
    assert findings(repo, ASKED + "rules: {message.format: warn}\n", base) == [("warn", side), ("warn", bad)]
    assert findings(repo, ASKED + "rules: {message.format: off}\n", base) == []
    assert findings(repo, "", base) == []
    assert findings(repo, ASKED, base, agent=None) == []


def test_a_commits_finding_names_it_and_how_to_change_it(repo: Sandbox) -> None:
    base = repo.oid()
    bad = repo.commit("bad one")
    [found] = message_findings(Repository.discover(repo.path), territory_of(ASKED), agent="a1", base=base, head="HEAD")
    assert found.message.startswith(f"commit {bad[:10]}: the message 'bad one' doesn't match ")
    assert found.hint == (
        "write it as in this one: OBS-12 add cache; change it with git commit --amend, or with `reword` in"
        f" git rebase -i {base[:12]}"
    )


def test_our_own_trailers_are_no_part_of_what_is_judged(repo: Sandbox) -> None:
    base = repo.oid()
    repo.commit("add cache\n\nRefs: OBS-12\nAgent: a1")
    ending = 'commits: {pattern: "OBS-\\\\d+\\\\s*$", example: "Refs: OBS-12"}\n'
    assert findings(repo, ending, base) == []


def test_settings_of_the_machine_dont_change_what_is_read(repo: Sandbox, tmp_path: Path) -> None:
    base = repo.oid()
    for key, value in (("log.showSignature", "true"), ("i18n.logOutputEncoding", "UTF-16"), ("log.showNotes", "true")):
        repo.git("config", key, value)
    repo.git("config", "i18n.commitEncoding", "ISO-8859-1")
    (tmp_path / "message").write_bytes(b"OBS-1 Gr\xf6\xdfe\n")
    repo.git("commit", "--quiet", "--allow-empty", "-F", tmp_path / "message")
    sized = 'commits: {pattern: "^OBS-1 Größe$", example: OBS-1 Größe}\n'
    assert findings(repo, sized, base) == []
    assert len(findings(repo, sized.replace("Größe$", "Grösse$"), base)) == 1
