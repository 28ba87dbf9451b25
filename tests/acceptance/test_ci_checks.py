"""`agentgrid check --ci` in clones as CI servers make them, of a bare repository: base, head and agent are found."""

import json
import shutil
from pathlib import Path

import pytest

from support.ci_servers import check_out, merge_group, merge_request, pull_request, push
from support.grids import BILLING, GRID, ORDERS, policy_files
from support.program import Answer, agentgrid
from support.repositories import Sandbox
from support.servers import OTHER_BRANCH, OWN_BRANCH, serve_grid, work_on

CACHE = "services/common/cache.py"


@pytest.fixture(scope="module")
def made(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("served")
    serve_grid(place)
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "served", symlinks=True)
    return tmp_path / "served"


@pytest.fixture
def server(place: Path) -> Sandbox:
    return Sandbox(place / "server.git")


@pytest.fixture
def author(place: Path, server: Sandbox) -> Sandbox:
    """Where the work is done that is pushed."""
    author = Sandbox(place / "shop")
    author.git("remote", "set-url", "origin", str(server.path))
    return author


def publish(author: Sandbox, branch: str, /, **files: str | bytes | None) -> str:
    head = work_on(author, branch, **files)
    author.git("push", "--quiet", "--force", "origin", "HEAD")
    return head


def land(author: Sandbox, /, message: str = "Landed", **files: str | bytes | None) -> str:
    author.switch("main")
    head = author.commit(message, **files)
    author.git("push", "--quiet", "origin", "main")
    return head


def rules(answer: Answer) -> list[str]:
    return [finding["rule"] for finding in answer.data["findings"]]


@pytest.mark.parametrize(
    ("branch", "path", "code"),
    [(OWN_BRANCH, BILLING, 0), (OWN_BRANCH, ORDERS, 1), (OTHER_BRANCH, ORDERS, 0), ("notes", ORDERS, 0)],
    ids=["own", "foreign", "the other's own", "a person's"],
)
@pytest.mark.parametrize("kind", ["pull request", "push", "merge request", "merged results"])
def test_every_kind_of_run_gives_the_branchs_verdict(
    server: Sandbox, author: Sandbox, tmp_path: Path, kind: str, branch: str, path: str, code: int
) -> None:
    head = publish(author, branch, **{path: "CHANGED = 1\n"})
    clone = check_out(server, tmp_path / "clone", head)
    env = {
        "pull request": lambda: pull_request(tmp_path, head, branch),
        "push": lambda: push(tmp_path, head, f"refs/heads/{branch}"),
        "merge request": lambda: merge_request(head, branch),
        "merged results": lambda: merge_request(head, branch, trial="e" * 40, tip=author.oid("main")),
    }[kind]()
    answer = agentgrid(clone, "check", "--ci", "--json", env=env)
    assert (answer.code, answer.data["head"], answer.data["base"]) == (code, head, author.oid("main"))
    assert rules(answer) == ["ownership.foreign"] * code


def test_a_trial_merge_that_is_checked_out_is_not_what_is_judged(
    server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    head = publish(author, OWN_BRANCH, **{CACHE: "TTL_S = 1\n"})
    land(author, **{"services/common/new.py": "x\n", CACHE: "TTL_S = 60\n\n# landed\n\n"})
    clone = check_out(server, tmp_path / "clone", "origin/main")
    clone.git("merge", "--quiet", "-s", "ours", "-m", "Trial", head)
    env = pull_request(tmp_path, head, OWN_BRANCH)
    assert rules(agentgrid(clone, "check", "--ci", "--json", env=env)) == ["lock.stale"]
    assert rules(agentgrid(clone, "check", "--base", "origin/main", "--json", env=env)) == []


def test_the_policy_is_the_servers_not_that_of_a_local_branch(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = publish(author, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    clone = check_out(server, tmp_path / "clone", head)
    clone.git("switch", "--quiet", "main")
    clone.commit("All to a2", **policy_files({"a1": "docs/**", "a2": "services/**"}))
    clone.git("switch", "--quiet", "--detach", head)
    env = pull_request(tmp_path, head, OWN_BRANCH)
    assert rules(agentgrid(clone, "check", "--ci", "--json", env=env)) == ["ownership.foreign"]


@pytest.mark.parametrize("form", ["text", "github"])
def test_a_shallow_clone_is_exit_code_2_with_the_remedy(
    server: Sandbox, author: Sandbox, tmp_path: Path, form: str
) -> None:
    head = publish(author, OWN_BRANCH, **{BILLING: "OWN = 1\n"})
    Sandbox(tmp_path).git(
        "clone", "--quiet", "--depth=1", "--no-single-branch", server.path.as_uri(), tmp_path / "clone"
    )
    clone, env = Sandbox(tmp_path / "clone"), pull_request(tmp_path, head, OWN_BRANCH)
    answer = agentgrid(clone, "check", "--ci", "--format", form, env=env)
    assert answer.code == 2
    message, hint = answer.err.splitlines()
    assert message == "agentgrid: this clone is shallow: the commits that a check compares are missing"
    assert all(remedy in hint for remedy in ("fetch-depth: 0", "GIT_DEPTH: 0", "git fetch --unshallow"))
    assert answer.out.startswith("::error title=agentgrid::this clone is shallow") is (form == "github")
    clone.git("fetch", "--quiet", "--unshallow")
    assert agentgrid(clone, "check", "--ci", env=env).code == 0


def test_a_clone_without_the_base_is_exit_code_2_and_its_remedy_helps(
    server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    head = publish(author, OWN_BRANCH, **{BILLING: "OWN = 1\n"})
    clone = server.clone(tmp_path / "clone", "--single-branch", "--branch", OWN_BRANCH)
    env = pull_request(tmp_path, head, OWN_BRANCH)
    answer = agentgrid(clone, "check", "--ci", env=env)
    message, hint = answer.err.splitlines()
    assert (answer.code, message) == (
        2,
        "agentgrid: this clone doesn't have the base main (refs/remotes/origin/main)",
    )
    command = hint.removeprefix("hint: ").partition(", or ")[0]
    clone.git(*command.replace("'", "").split()[1:])
    assert agentgrid(clone, "check", "--ci", env=env).code == 0


def test_a_clone_without_the_head_is_exit_code_2(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    clone = check_out(server, tmp_path / "clone", author.oid())
    answer = agentgrid(clone, "check", "--ci", env=pull_request(tmp_path, "e" * 40, OWN_BRANCH))
    assert (answer.code, answer.err.splitlines()[0]) == (
        2,
        "agentgrid: the commit to check, eeeeeeeeeeee, isn't in this clone",
    )


def test_a_partial_clone_is_enough(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    server.git("config", "uploadpack.allowFilter", "true")
    server.git("config", "uploadpack.allowAnySHA1InWant", "true")
    head = publish(author, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    Sandbox(tmp_path).git(
        "clone", "--quiet", "--filter=blob:none", "--no-checkout", server.path.as_uri(), tmp_path / "c"
    )
    answer = agentgrid(tmp_path / "c", "check", "--ci", "--json", env=pull_request(tmp_path, head, OWN_BRANCH))
    assert (answer.code, rules(answer)) == (1, ["ownership.foreign"])


def test_the_base_is_the_one_that_the_policy_names_where_nobody_asks_for_another(
    server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    land(author, **{"agentgrid.yaml": f"{GRID}base: trunk\n"})
    author.git("push", "--quiet", "origin", "main:trunk")
    head = publish(author, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    author.switch("main")
    author.commit("Landed on trunk", **{"README.md": "# new\n"})
    author.git("push", "--quiet", "origin", "main:trunk")
    clone = check_out(server, tmp_path / "clone", head)
    answer = agentgrid(clone, "check", "--ci", "--json", env=push(tmp_path, head, f"refs/heads/{OWN_BRANCH}"))
    assert (answer.code, answer.data["base"]) == (1, author.oid())


def test_a_push_of_the_base_itself_has_nothing_to_object_to(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = land(author, "Landed\n\nAgent: a2", **{BILLING: "x\n", ORDERS: "y\n"})
    clone = check_out(server, tmp_path / "clone", head)
    answer = agentgrid(clone, "check", "--ci", "--json", env=push(tmp_path, head, "refs/heads/main"))
    assert (answer.code, rules(answer)) == (0, [])


@pytest.mark.parametrize("arguments", [("--ci",), ("--base", "origin/main", "--head", "origin/notes")])
def test_names_of_no_template_are_denied_where_the_grid_says_so(
    server: Sandbox, author: Sandbox, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    land(author, **{"agentgrid.yaml": f"{GRID}branches: {{unmatched: deny}}\n"})
    head = publish(author, "notes", **{BILLING: "x\n"})
    clone = check_out(server, tmp_path / "clone", head)
    answer = agentgrid(clone, "check", *arguments, "--json", env=pull_request(tmp_path, head, "notes"))
    assert (answer.code, rules(answer)) == (1, ["branch.name"])


def test_what_is_given_counts_instead_of_what_the_run_says(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = publish(author, "notes", **{ORDERS: "x\n"})
    clone = check_out(server, tmp_path / "clone", head)
    env = pull_request(tmp_path, head, "notes")
    assert agentgrid(clone, "check", "--ci", "--agent", "a2", env=env).code == 1
    other = publish(author, OWN_BRANCH, **{ORDERS: "y\n"})
    clone.git("fetch", "--quiet")
    answer = agentgrid(clone, "check", "--ci", "--head", f"origin/{OWN_BRANCH}", "--json", env=env)
    assert (answer.code, answer.data["head"], answer.data["agent"]) == (1, other, "a2")
    answer = agentgrid(clone, "check", "--ci", "--base", "HEAD", "--json", env=env)
    assert (answer.code, answer.data["base"]) == (0, head)


def queued(author: Sandbox, *merges: tuple[str, ...]) -> tuple[str, str]:
    """(start, head) of a queue's group that is pushed: `merges` are git commands, each followed by a commit or not."""
    author.git("switch", "--quiet", "-C", "queue", "main")
    for command in merges:
        author.git(*command)
    author.git("push", "--quiet", "--force", "origin", f"HEAD:gh-readonly-queue/main/pr-7-{author.oid('main')}")
    return author.oid("main"), author.oid()


@pytest.mark.parametrize("path", [ORDERS, "services/orders/new.py"])
def test_a_merge_group_is_judged_by_the_branches_that_were_merged(
    server: Sandbox, author: Sandbox, tmp_path: Path, path: str
) -> None:
    publish(author, OWN_BRANCH, **{BILLING: "OWN = 1\n"})
    publish(author, OTHER_BRANCH, **{path: "OTHERS = 1\n"})
    publish(author, "notes", **{"README.md": "# notes\n", "services/orders/main.py": "PERSONS = 1\n"})
    both = [("merge", "--quiet", "--no-ff", "-m", "Merge", branch) for branch in (OWN_BRANCH, OTHER_BRANCH)]
    start, head = queued(author, *both)
    clone = check_out(server, tmp_path / "clone", head)
    answer = agentgrid(clone, "check", "--ci", "--json", env=merge_group(tmp_path, head, start))
    assert (answer.code, rules(answer)) == (0, [])
    judged = f"{author.oid('HEAD^')[:10]} as a2, {head[:10]} as a1"
    assert answer.err == f"agentgrid: a merge queue's group is judged by what merged it: {judged}\n"
    start, head = queued(author, ("merge", "--quiet", "--no-ff", "-m", "Merge", "notes"))
    clone.git("fetch", "--quiet")
    assert agentgrid(clone, "check", "--ci", env=merge_group(tmp_path, head, start)).code == 0


def test_a_foreign_change_in_a_merge_group_is_refused_with_its_commit(
    server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    publish(author, OTHER_BRANCH, **{ORDERS: "OWN = 1\n"})
    foreign = publish(author, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    start, head = queued(author, ("merge", "--quiet", "--no-ff", "-m", "Merge", OWN_BRANCH))
    clone = check_out(server, tmp_path / "clone", head)
    answer = agentgrid(clone, "check", "--ci", "--json", env=merge_group(tmp_path, head, start))
    assert [(each["rule"], each["commit"]) for each in answer.data["findings"]] == [("ownership.foreign", foreign)]


def test_a_squash_in_a_merge_group_is_judged_by_its_trailer_and_not_by_its_message(
    server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    land(
        author, **{"agentgrid.yaml": f"{GRID}commits: {{pattern: '^OBS-', example: OBS-1 x}}\nlocks: {{auto: false}}\n"}
    )
    publish(author, OWN_BRANCH, **{BILLING: "OWN = 1\n", CACHE: "TTL_S = 1\n"})
    squash = ("merge", "--quiet", "--squash", OWN_BRANCH)
    start, head = queued(author, squash, ("commit", "--quiet", "-m", "Squashed (#7)\n\nAgent: a2"))
    clone = check_out(server, tmp_path / "clone", head)
    assert rules(agentgrid(clone, "check", "--ci", "--json", env=merge_group(tmp_path, head, start))) == []
    publish(author, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    start, head = queued(author, squash, ("commit", "--quiet", "-m", "Squashed (#7)\n\nAgent: a2"))
    clone.git("fetch", "--quiet")
    answer = agentgrid(clone, "check", "--ci", "--json", env=merge_group(tmp_path, head, start))
    assert (answer.code, rules(answer)) == (1, ["ownership.foreign"])


def test_the_summary_gets_the_table_and_only_for_github(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = publish(author, OWN_BRANCH, **{ORDERS: "TAKEN = 1\n"})
    clone, env = check_out(server, tmp_path / "clone", head), pull_request(tmp_path, head, OWN_BRANCH)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    assert agentgrid(clone, "check", "--ci", "--format", "sarif", env=env).code == 1
    assert summary.read_text(encoding="utf-8") == "before\n"
    answer = agentgrid(clone, "check", "--ci", "--format", "github", env=env)
    assert (answer.code, answer.out.startswith(f"::error file={ORDERS},line=1,title=ownership.foreign::")) == (1, True)
    assert summary.read_text(encoding="utf-8").startswith("before\n### agentgrid: 1 error(s), 0 warning(s)\n")
    unwritable = {**env, "GITHUB_STEP_SUMMARY": str(tmp_path / "none" / "summary.md")}
    answer = agentgrid(clone, "check", "--ci", "--format", "github", env=unwritable)
    assert (answer.code, answer.err) == (1, "warning: the step's summary can't be written: No such file or directory\n")
    del env["GITHUB_STEP_SUMMARY"]
    assert agentgrid(clone, "check", "--ci", "--format", "github", env=env).err == ""


def test_a_broken_policy_is_an_annotation_and_exit_code_2(server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    land(author, **{"agentgrid.yaml": "version: 1\nbogus: 1\n"})
    head = publish(author, OWN_BRANCH, **{BILLING: "x\n"})
    clone = check_out(server, tmp_path / "clone", head)
    answer = agentgrid(clone, "check", "--ci", "--format=github", env=pull_request(tmp_path, head, OWN_BRANCH))
    assert (answer.code, answer.out.splitlines()[0][:50]) == (2, "::error title=agentgrid::agentgrid.yaml:2: bogus: ")
    assert len(answer.out.splitlines()) == 1


def test_outside_of_ci_it_is_said_what_to_give(author: Sandbox) -> None:
    answer = agentgrid(author, "check", "--ci", "--json")
    assert (answer.code, answer.error["code"]) == (2, "bad_input")
    assert json.loads(answer.out)["error"]["hint"].startswith("say what to check: ")
