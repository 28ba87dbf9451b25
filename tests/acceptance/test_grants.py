"""A grant opens exactly what it says, where and as long as it says it, in CI too; a forged one opens nothing there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agentgrid.boundaries.grants.grant import Grant, read_grant, write_grant
from agentgrid.boundaries.grants.objects import GRANT_REFS, NAMESPACE, write_object
from agentgrid.git.process import Git
from agentgrid.machine.ssh_signatures import sign
from support.granting import BILLING, NOTES, ORDERS, TOOLS, GrantScene, make_grant_scene
from support.grids import attempt, try_commit
from support.program import Answer, agentgrid
from support.repositories import Sandbox

REFUSED = "[ownership.foreign]"


@pytest.fixture
def scene(tmp_path: Path) -> GrantScene:
    return make_grant_scene(tmp_path)


def by_jane(scene: GrantScene, *paths: str, to: str = "a2", **env: str) -> Grant:
    """A grant by a person, signed."""
    given = scene.grant("main", *paths, "--to", to, "--key", scene.keys.jane, env=env)
    assert (given.code, given.data["signed"]) == (0, True), given
    return stored(scene, given.data["grant"]["id"])


def stored(scene: GrantScene, named: str) -> Grant:
    ref = scene.main.git("for-each-ref", "--format=%(refname)", GRANT_REFS).splitlines()
    [found] = [each for each in ref if each.endswith(named)]
    return read_grant(scene.main.git("cat-file", "blob", f"{found}:grant.json").encode() + b"\n")


def may_edit(scene: GrantScene, path: str, agent: str = "a2") -> bool:
    return agentgrid(scene.desk(agent), "can-edit", path).code == 0


def may_commit(scene: GrantScene, *paths: str, agent: str = "a2") -> bool:
    """With the hooks of a commit, then with the ref update alone; what is refused is taken back."""
    desk = scene.desk(agent)
    answers = set()
    for way in ((), ("--no-verify",)):
        before = desk.oid()
        for path in paths:
            desk.write(path, f"CHANGED = {os.urandom(4).hex()!r}\n")
        desk.git("add", "--", *paths)
        done = attempt(desk, "commit", "--quiet", "-m", "Work", *way)
        assert done.code == 0 or REFUSED in done.said, done
        answers.add(done.code == 0)
        desk.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", before)
    assert len(answers) == 1
    return answers.pop()


def push(scene: GrantScene, *paths: str, agent: str = "a2") -> str:
    """A commit of `paths` past the hooks of a commit, pushed with those of a push; the branch."""
    desk = scene.desk(agent)
    desk.commit("Work", **{path: f"CHANGED = {os.urandom(4).hex()!r}\n" for path in paths})
    done = attempt(desk, "push", "--quiet", "origin", "HEAD")
    assert done.code == 0, done
    return scene.branch(agent)


def smuggle(scene: GrantScene, *paths: str, agent: str = "a2") -> str:
    """The same past every hook, grants and all: what an agent can do that wants to."""
    desk = scene.desk(agent)
    desk.commit("Work", **{path: f"CHANGED = {os.urandom(4).hex()!r}\n" for path in paths})
    desk.git("push", "--quiet", "--no-verify", "origin", "HEAD", "refs/agentgrid/grants/*:refs/agentgrid/grants/*")
    return scene.branch(agent)


def passes_ci(scene: GrantScene, branch: str, place: str = "clone") -> bool:
    found = scene.check_in_ci(scene.server.path.parent / place, branch)
    assert found.code in {0, 1}, found
    rules = {each["rule"] for each in found.data["findings"]}
    assert rules <= {"ownership.foreign", "ownership.frozen", "ownership.unowned"}
    return found.code == 0


def test_it_opens_what_it_says_at_every_point_and_in_ci(scene: GrantScene) -> None:
    assert not may_edit(scene, ORDERS)
    assert not may_commit(scene, ORDERS)
    by_jane(scene, ORDERS)
    assert may_edit(scene, ORDERS)
    assert may_commit(scene, ORDERS)
    assert passes_ci(scene, push(scene, ORDERS, BILLING))


@pytest.mark.parametrize(
    ("path", "agent"), [("services/orders/tests/test_orders.py", "a2"), (TOOLS, "a2"), (ORDERS, "a3")]
)
def test_it_opens_nothing_else_and_nobody_else(scene: GrantScene, path: str, agent: str) -> None:
    by_jane(scene, ORDERS)
    assert not may_edit(scene, path, agent)
    assert not may_commit(scene, path, agent=agent)
    assert not passes_ci(scene, smuggle(scene, path, agent=agent))


def test_it_opens_no_other_branch_of_the_agent(scene: GrantScene) -> None:
    by_jane(scene, ORDERS)
    scene.desk("a2").git("switch", "--quiet", "--no-track", "-c", "feat/a2/next__a2", "main")
    assert not may_edit(scene, ORDERS)
    assert not may_commit(scene, ORDERS)
    assert not passes_ci(scene, smuggle(scene, ORDERS))


def test_for_a_time_it_opens_every_branch_until_the_time_is_over(scene: GrantScene) -> None:
    given = scene.grant("main", ORDERS, "--to", "a2", "--for", "2h", "--key", scene.keys.jane)
    grant = stored(scene, given.data["grant"]["id"])
    assert grant.branch is None
    assert grant.expires_at == grant.at + timedelta(hours=2)
    scene.desk("a2").git("switch", "--quiet", "--no-track", "-c", "feat/a2/next__a2", "main")
    assert may_edit(scene, ORDERS)
    assert passes_ci(scene, push(scene, ORDERS))
    scene.main.git("update-ref", "-d", f"{GRANT_REFS}a2/{grant.id}")
    past = replace(
        grant, id="0" * 12, at=grant.at - timedelta(hours=3), expires_at=datetime.now(UTC).replace(microsecond=0)
    )
    forge(scene, past, scene.keys.jane)
    scene.server.git("update-ref", "-d", f"{GRANT_REFS}a2/{grant.id}")
    assert not passes_ci(scene, smuggle(scene, ORDERS), "later")


def land_squashed(scene: GrantScene, branch: str) -> None:
    """As a server squashes: one commit on the base, by plain git, trailers gone."""
    main = scene.main
    main.git("fetch", "--quiet", "origin")
    main.git("merge", "--quiet", "--squash", f"origin/{branch}")
    main.git("commit", "--quiet", "-m", "Squashed")
    main.git("push", "--quiet", "origin", "main")


def land_merged(scene: GrantScene, branch: str) -> None:
    main = scene.main
    main.git("fetch", "--quiet", "origin")
    main.git("merge", "--quiet", "--no-ff", "-m", "Merged", f"origin/{branch}")
    main.git("push", "--quiet", "origin", "main")


@pytest.mark.parametrize("land", [land_squashed, land_merged])
@pytest.mark.parametrize("goes_on", ["from there", "on the base"])
def test_until_landed_it_is_over_when_the_work_has_landed(
    scene: GrantScene, land: Callable[[GrantScene, str], None], goes_on: str
) -> None:
    by_jane(scene, ORDERS)
    try_commit(scene.desk("a2"), ORDERS)
    branch = push(scene, BILLING)
    land(scene, branch)
    if goes_on == "on the base":
        scene.desk("a2").git("-c", f"core.hooksPath={os.devnull}", "merge", "--quiet", "--no-edit", "main")
    assert not may_edit(scene, ORDERS)
    assert not may_commit(scene, ORDERS)
    scene.desk("a2").git("push", "--quiet", "origin", "HEAD")
    assert passes_ci(scene, branch)
    assert not passes_ci(scene, smuggle(scene, ORDERS), "later")


def test_other_work_that_lands_does_not_end_it(scene: GrantScene) -> None:
    by_jane(scene, ORDERS)
    branch = push(scene, ORDERS)
    scene.main.commit("Elsewhere", **{ORDERS: "ELSE = 1\n", BILLING: "ELSE = 2\n"})
    scene.main.git("push", "--quiet", "origin", "main")
    assert may_edit(scene, ORDERS)
    assert passes_ci(scene, branch)


def test_support_takes_the_owners_word_critical_also_a_reviewers(scene: GrantScene) -> None:
    keys = scene.keys
    assert scene.grant("a1", TOOLS, "--to", "a2", "--key", keys.a1).data["notes"] == []
    assert may_edit(scene, TOOLS)
    given = scene.grant("a1", ORDERS, "--to", "a2", "--key", keys.a1)
    assert "stays closed until a3 or a person says so too" in given.data["notes"][0]
    assert not may_edit(scene, ORDERS)
    branch = smuggle(scene, TOOLS, ORDERS)
    assert not passes_ci(scene, branch)
    assert scene.grant("a3", ORDERS, "--to", "a2", "--key", keys.a3).code == 0
    assert may_edit(scene, ORDERS)
    assert may_commit(scene, ORDERS)
    assert passes_ci(scene, smuggle(scene, TOOLS, ORDERS), "with both")


def test_a_reviewer_alone_opens_nothing(scene: GrantScene) -> None:
    assert scene.grant("a3", ORDERS, "--to", "a2", "--key", scene.keys.a3).code == 0
    assert not may_edit(scene, ORDERS)
    assert not passes_ci(scene, smuggle(scene, ORDERS))


def test_unsigned_it_counts_here_alone_and_says_so(scene: GrantScene) -> None:
    given = scene.grant("main", ORDERS, "--to", "a2")
    assert given.data["signed"] is False
    assert "git knows no SSH key" in given.data["unsigned_because"]
    assert may_edit(scene, ORDERS)
    assert may_commit(scene, ORDERS)
    assert not passes_ci(scene, push(scene, ORDERS))


def test_git_s_own_signing_key_signs(scene: GrantScene) -> None:
    scene.main.git("config", "gpg.format", "ssh")
    scene.main.git("config", "user.signingKey", scene.keys.jane)
    assert scene.grant("main", ORDERS, "--to", "a2").data["signed"] is True
    assert passes_ci(scene, push(scene, ORDERS))


def test_an_agent_never_signs_with_a_persons_key(scene: GrantScene) -> None:
    scene.main.git("config", "gpg.format", "ssh")
    scene.main.git("config", "user.signingKey", scene.keys.jane)
    assert scene.grant("a1", TOOLS, "--to", "a2").data["signed"] is False
    named = scene.grant("a1", TOOLS, "--to", "a2", "--key", scene.keys.jane)
    assert (named.code, named.error["code"]) == (2, "bad_input")


def forge(scene: GrantScene, grant: Grant, key: Path | None, *, text: bytes | None = None, ref: str = "") -> None:
    """Writes a grant's object as an agent could by hand."""
    signature = sign(text or write_grant(grant), str(key), namespace=NAMESPACE) if key else b""
    git = Git(scene.desk("a2").path)
    made = write_object(git, grant, signature)
    if ref:
        git.run("update-ref", ref, made)
        git.run("update-ref", "-d", made)


FORGERIES: dict[str, Callable[[GrantScene, Grant], None]] = {
    "signed by nobody": lambda scene, true: forge(scene, true, None),
    "signed by a stranger": lambda scene, true: forge(scene, true, scene.keys.stranger),
    "signed by an owner in a person's name": lambda scene, true: forge(scene, true, scene.keys.a1),
    "signed by the owner alone": lambda scene, true: forge(scene, replace(true, by="a1"), scene.keys.a1),
    "the signature of another text": lambda scene, true: forge(
        scene, true, scene.keys.jane, text=write_grant(replace(true, to="a3"))
    ),
    "of another agent, under this one's name": lambda scene, true: forge(
        scene, replace(true, to="a3"), scene.keys.jane, ref=f"{GRANT_REFS}a2/{true.id}"
    ),
    "of another history": lambda scene, true: forge(scene, replace(true, since="1" * 40), scene.keys.jane),
    "of another branch": lambda scene, true: forge(scene, replace(true, branch="feat/a2/old__a2"), scene.keys.jane),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_one_opens_nothing(scene: GrantScene, name: str) -> None:
    since = scene.main.oid()
    at = datetime.now(UTC).replace(microsecond=0)
    pattern = by_jane(scene, ORDERS, to="a3").patterns
    true = Grant("0123456789ab", "a2", "@jane", pattern, at, since, scene.branch("a2"))
    FORGERIES[name](scene, true)
    assert not may_edit(scene, ORDERS)
    assert not may_commit(scene, ORDERS)
    assert not passes_ci(scene, smuggle(scene, ORDERS))


def test_the_same_one_made_truly_opens(scene: GrantScene) -> None:
    """The twin: what the forgeries differ from."""
    pattern = by_jane(scene, ORDERS, to="a3").patterns
    at = datetime.now(UTC).replace(microsecond=0)
    forge(
        scene, Grant("0123456789ab", "a2", "@jane", pattern, at, scene.main.oid(), scene.branch("a2")), scene.keys.jane
    )
    assert may_edit(scene, ORDERS)
    assert passes_ci(scene, push(scene, ORDERS))


def test_what_the_branch_says_of_signers_counts_nowhere(scene: GrantScene) -> None:
    desk = scene.desk("a2")
    policy = desk.read("agentgrid.yaml").replace("signers:\n", f"signers:\n  me: {scene.keys.public('stranger')}\n")
    desk.commit("Let me in", **{"agentgrid.yaml": policy})
    pattern = by_jane(scene, ORDERS, to="a3").patterns
    at = datetime.now(UTC).replace(microsecond=0)
    forge(
        scene,
        Grant("0123456789ab", "a2", "@me", pattern, at, scene.main.oid(), scene.branch("a2")),
        scene.keys.stranger,
    )
    assert not may_edit(scene, ORDERS)
    assert not passes_ci(scene, smuggle(scene, ORDERS))


@pytest.mark.parametrize(
    "env",
    [
        {"AGENT_ID": "a1", "AGENTGRID_AGENT": "a1"},
        {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "gpg.format", "GIT_CONFIG_VALUE_0": "ssh",
         "GIT_CONFIG_KEY_1": "user.signingKey", "GIT_CONFIG_VALUE_1": "{jane}"},
    ],
    ids=["another agent's name", "a person's key"],
)  # fmt: skip
def test_no_environment_lets_an_agent_in(scene: GrantScene, env: dict[str, str]) -> None:
    filled = {name: value.format(jane=scene.keys.jane) for name, value in env.items()}
    refused = scene.grant("a2", ORDERS, "--to", "a2", env=filled)
    assert (refused.code, refused.error["code"]) == (1, "not_permitted")
    other = scene.grant("a2", ORDERS, "--to", "a3", env=filled)
    assert (other.code, other.error["code"]) == (1, "not_owner")
    assert scene.main.git("for-each-ref", GRANT_REFS) == ""


def test_taken_back_it_opens_nothing_also_when_it_comes_again(scene: GrantScene) -> None:
    grant = by_jane(scene, ORDERS)
    push(scene, BILLING)
    refused = agentgrid(scene.desk("a2"), "revoke", grant.id)
    assert refused.code == 1, refused
    taken = agentgrid(scene.main, "revoke", grant.id[:5])
    assert taken.code == 0, taken
    assert f"git push REMOTE :{GRANT_REFS}a2/{grant.id}" in taken.out
    assert not may_edit(scene, ORDERS)
    scene.main.git("fetch", "--quiet", "origin", "+refs/agentgrid/grants/*:refs/agentgrid/grants/*")
    assert not may_edit(scene, ORDERS)
    scene.main.git("push", "--quiet", "origin", f":{GRANT_REFS}a2/{grant.id}")
    assert not passes_ci(scene, smuggle_without_grants(scene, ORDERS))


def smuggle_without_grants(scene: GrantScene, *paths: str) -> str:
    desk = scene.desk("a2")
    desk.commit("Work", **{path: f"CHANGED = {os.urandom(4).hex()!r}\n" for path in paths})
    desk.git("push", "--quiet", "--no-verify", "origin", "HEAD")
    return scene.branch("a2")


def test_the_agent_is_told_and_the_log_has_it(scene: GrantScene) -> None:
    scene.grant("main", ORDERS, "--to", "a2", "--reason", "the tax change")
    told = agentgrid(scene.desk("a2"), "status").err
    assert f"lets you change {ORDERS} until the work on {scene.branch('a2')} has landed" in told
    assert "the tax change" in told
    [event] = agentgrid(scene.main, "log", "--kind", "grant", "--json").data
    assert (event["kind"], event["subject"], event["after"]["reason"]) == ("grant.given", "a2", "the tax change")


def test_a_push_that_only_tries_sends_nothing_ahead(scene: GrantScene) -> None:
    by_jane(scene, ORDERS)
    scene.desk("a2").commit("Work", **{ORDERS: "X = 1\n"})
    assert attempt(scene.desk("a2"), "push", "--quiet", "--dry-run", "origin", "HEAD").code == 0
    assert scene.server.git("for-each-ref", GRANT_REFS) == ""
    assert attempt(scene.desk("a2"), "push", "--quiet", "origin", "HEAD").code == 0
    assert scene.server.git("for-each-ref", "--format=%(refname)", GRANT_REFS).startswith(f"{GRANT_REFS}a2/")


def test_where_grants_can_not_be_sent_the_push_goes_on_and_says_so(scene: GrantScene) -> None:
    by_jane(scene, ORDERS)
    scene.server.write(
        "hooks/update", "#!/bin/sh\ncase $1 in refs/agentgrid/*) echo no such refs here; exit 1 ;; esac\n"
    )
    (scene.server.path / "hooks/update").chmod(0o755)
    scene.desk("a2").commit("Work", **{ORDERS: "X = 1\n"})
    done = attempt(scene.desk("a2"), "push", "--quiet", "origin", "HEAD")
    assert done.code == 0
    assert "the grants for this branch could not be sent to origin" in done.said


def test_grants_lists_them_with_how_they_stand(scene: GrantScene) -> None:
    grant = by_jane(scene, ORDERS)
    scene.grant("a1", TOOLS, "--to", "a3", "--for", "2h")
    listed = {each["to"]: each for each in agentgrid(scene.main, "grants", "--json").data}
    assert (listed["a2"]["id"], listed["a2"]["by"], listed["a2"]["state"], listed["a2"]["signed"]) == (
        grant.id, "@jane", "open", True,
    )  # fmt: skip
    assert (listed["a3"]["by"], listed["a3"]["signed"]) == ("a1", False)
    agentgrid(scene.main, "revoke", grant.id)
    assert [each["to"] for each in agentgrid(scene.main, "grants", "--json").data] == ["a3"]
    assert len(agentgrid(scene.main, "grants", "--all", "--json").data) == 2
    assert ORDERS in agentgrid(scene.main, "grants", "--all").out


def test_an_unowned_path_is_opened_by_a_person_alone(scene: GrantScene) -> None:
    refused = scene.grant("a1", NOTES, "--to", "a2")
    assert refused.code == 1
    assert "only a person lets an agent in there" in refused.error["message"]
    by_jane(scene, NOTES)
    assert may_edit(scene, NOTES)


def test_garbage_under_the_grants_refs_harms_nobody(scene: GrantScene) -> None:
    git = scene.main.git
    blob = git("hash-object", "-w", "--stdin", stdin="garbage")
    for number, target in enumerate([blob, git("mktree", stdin=""), scene.main.oid()]):
        git("update-ref", f"{GRANT_REFS}a2/{number}", target)
    by_jane(scene, ORDERS)
    assert may_edit(scene, ORDERS)
    assert not may_edit(scene, TOOLS)
    states = [each["state"] for each in agentgrid(scene.main, "grants", "--json").data]
    assert sorted(states) == ["broken", "broken", "broken", "open"]


@pytest.mark.parametrize(
    ("who", "arguments", "code", "said"),
    [
        ("main", [ORDERS, "--to", "a9"], 2, "there is no agent 'a9'"),
        ("main", ["LICENSE", "--to", "a2"], 1, "is frozen for every agent"),
        ("main", ["services/common/cache.py", "--to", "a2"], 1, "open to every agent already, under a lease"),
        ("main", [BILLING, "--to", "a2"], 1, "is a2's own already"),
        ("main", ["services/none/*.py", "--to", "a2"], 2, "nothing on the base matches"),
        ("main", [ORDERS, "--to", "a2", "--for", "soon"], 2, "--for: 'soon' is not a time"),
        ("main", [ORDERS, "--to", "a2", "--until", "friday"], 2, "--until takes `landed`"),
        ("main", [ORDERS, "--to", "a2", "--for", "2h", "--until", "landed"], 2, "doesn't go with --for"),
        ("main", [ORDERS, "--to", "a2", "--branch", "main"], 2, "the branch main is not a2's"),
        ("main", ["../elsewhere", "--to", "a2"], 2, "is outside the work tree"),
        ("main", [ORDERS, "--to", "a2", "--key", "nowhere"], 2, "the key nowhere can't be read"),
        ("a1", [BILLING, "--to", "a3"], 1, "belongs to a2"),
        ("a3", [TOOLS, "--to", "a2"], 1, "belongs to a1"),
        ("a2", [ORDERS, "--to", "a2"], 1, "a2 doesn't let itself in"),
    ],
)
def test_what_can_not_be_granted_is_said_and_leaves_nothing(
    scene: GrantScene, who: str, arguments: list[str], code: int, said: str
) -> None:
    refused = scene.grant(who, *arguments)
    assert refused.code == code, refused
    assert said in refused.error["message"]
    assert scene.main.git("for-each-ref", GRANT_REFS) == ""


def test_a_dry_run_says_it_and_leaves_nothing(scene: GrantScene) -> None:
    planned = agentgrid(scene.main, "grant", ORDERS, "--to", "a2", "--dry-run")
    assert planned.out.startswith(f"would let a2 change {ORDERS} until the work on {scene.branch('a2')} has landed")
    assert scene.main.git("for-each-ref", GRANT_REFS) == ""
    assert not may_edit(scene, ORDERS)


def test_a_folder_and_a_pattern_mean_what_they_match(scene: GrantScene) -> None:
    by_jane(scene, "services/orders/tests/")
    assert may_edit(scene, "services/orders/tests/test_orders.py")
    assert not may_edit(scene, ORDERS)
    by_jane(scene, "services/*/main.py")
    assert may_edit(scene, ORDERS)


def test_ci_without_ssh_keygen_refuses(scene: GrantScene, tmp_path: Path) -> None:
    by_jane(scene, ORDERS)
    branch = push(scene, ORDERS)
    clone = scene.server.clone(tmp_path / "clone")
    clone.git("fetch", "--quiet", "origin", "+refs/agentgrid/grants/*:refs/agentgrid/grants/*")
    only_git = tmp_path / "bin"
    only_git.mkdir()
    (only_git / "git").symlink_to(which("git"))
    command = [which("agentgrid"), "check", "--base", "origin/main", "--head", f"origin/{branch}", "--json"]
    found = run_with_path(clone, only_git, command)
    assert (found.code, found.error["code"]) == (3, "outside")
    assert "ssh-keygen was not found" in found.error["message"]


def which(name: str) -> str:
    return str(Path(sys.executable).parent / name) if name == "agentgrid" else str(shutil.which(name))


def run_with_path(where: Sandbox, path: Path, command: list[str]) -> Answer:
    done = subprocess.run(
        command, cwd=where.path, env={**os.environ, "PATH": str(path)}, capture_output=True, check=False
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_schema_refuses_what_is_no_key(scene: GrantScene) -> None:
    policy = scene.main.read("agentgrid.yaml")
    scene.main.write("agentgrid.yaml", policy.replace("signers:\n", "signers:\n  bob: not-a-key\n"))
    wrong = agentgrid(scene.main, "config", "check", "--json")
    assert wrong.code == 2
    assert "is not a public SSH key" in wrong.error["message"]
    assert json.loads(wrong.out)["error"]["details"]["problems"][0]["key"].startswith("signers.bob")
