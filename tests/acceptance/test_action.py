"""The GitHub action: what it says, and its scripts run by bash in a clone of a bare server, with GitHub's variables."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.ci_servers import check_out, merge_group, pull_request
from support.grids import BILLING, ORDERS
from support.installations import OFFLINE, ROOT, build_wheel, run_script, write_lending_python
from support.repositories import Sandbox
from support.servers import OWN_BRANCH, serve_grid, work_on

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = [step for step in STEPS if "run" in step]


def test_it_is_an_action_by_the_published_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions"]
    done = subprocess.run([*command, ROOT / "action.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_script_has_a_value_written_into_it() -> None:
    assert [step["name"] for step in SCRIPTS if "${{" in step["run"] or step["shell"] != "bash"] == []


def test_every_input_is_described_optional_and_used() -> None:
    inputs = ACTION["inputs"]
    used = set(re.findall(r"inputs\.([a-z-]+)", str(STEPS)))
    assert set(inputs) == used == {
        "base", "head", "agent", "format", "output", "agentgrid", "python-version", "checkout",
    }  # fmt: skip
    assert all(set(each) == {"description", "default"} and isinstance(each["default"], str) for each in inputs.values())


def test_the_branch_itself_is_checked_out_with_its_whole_history() -> None:
    checkout = STEPS[0]
    assert (checkout["uses"], checkout["if"]) == ("actions/checkout@v4", "inputs.checkout == 'true'")
    assert checkout["with"] == {
        "ref": "${{ github.event.pull_request.head.sha || github.event.merge_group.head_sha || github.sha }}",
        "fetch-depth": 0,
    }
    setup = STEPS[1]
    assert (setup["uses"], setup["with"]) == (
        "actions/setup-python@v5",
        {"python-version": "${{ inputs.python-version }}"},
    )


@dataclass(frozen=True)
class Job:
    """Runs the action's scripts. `variables`: what the runner gives every step."""

    variables: Mapping[str, str]

    def run(
        self, clone: Sandbox, env: Mapping[str, str], *, only: str | None = None, **inputs: str
    ) -> subprocess.CompletedProcess[str]:
        """Its scripts one after the other, up to the first that fails; the inputs as they are given or by default."""
        given = {name: inputs.get(name.replace("-", "_"), each["default"]) for name, each in ACTION["inputs"].items()}
        done = None
        for step in SCRIPTS:
            if only is not None and step["name"] != only:
                continue
            own = {name: _fill(value, given) for name, value in step.get("env", {}).items()}
            done = run_script(step["run"], clone.path, {**env, **self.variables, **own})
            if done.returncode != 0:
                break
        assert done is not None
        return done


def _fill(value: str, given: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], value)


@pytest.fixture(scope="module")
def made(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("served")
    serve_grid(place)
    return place


@pytest.fixture(scope="module")
def wheel(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def job(hermetic_session: None, made: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """After the step that installs: the others find its environment."""
    place = tmp_path_factory.mktemp("runner")
    path = f"{write_lending_python(place / 'bin')}{os.pathsep}{os.environ['PATH']}"
    job = Job({"RUNNER_TEMP": str(place), "PATH": path, "GITHUB_ACTION_PATH": str(wheel), **OFFLINE})
    clone = Sandbox(made / "shop").clone(place / "clone")
    for name in ("pip", "venv", "ensurepip", "agentgrid"):  # must not be imported from what is checked out
        clone.write(f"{name}.py", "raise SystemExit('imported from the checkout')\n")
    done = job.run(clone, {}, only="Install agentgrid")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return job


@pytest.fixture
def server(made: Path, tmp_path: Path) -> Sandbox:
    shutil.copytree(made, tmp_path / "served", symlinks=True)
    return Sandbox(tmp_path / "served" / "server.git")


@pytest.fixture
def author(server: Sandbox) -> Sandbox:
    author = Sandbox(server.path.parent / "shop")
    author.git("remote", "set-url", "origin", str(server.path))
    return author


def run_checks(job: Job, clone: Sandbox, env: Mapping[str, str], **inputs: str) -> subprocess.CompletedProcess[str]:
    """All but the installation."""
    fetched = job.run(clone, env, only="Fetch the base, and the grants where there are any", **inputs)
    return fetched if fetched.returncode else job.run(clone, env, only="Check", **inputs)


def publish(author: Sandbox, path: str) -> str:
    head = work_on(author, OWN_BRANCH, **{path: "CHANGED = 1\n"})
    author.git("push", "--quiet", "--force", "origin", "HEAD")
    return head


def test_a_foreign_change_is_refused_with_an_annotation_and_a_summary(
    job: Job, server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    head = publish(author, ORDERS)
    clone = check_out(server, tmp_path / "clone", head)
    done = run_checks(job, clone, pull_request(tmp_path, head, OWN_BRANCH))
    assert done.returncode == 1
    assert done.stdout.startswith(f"::error file={ORDERS},line=1,title=ownership.foreign::")
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("### agentgrid: 1 error(s), 0 warning(s)\n")


def test_an_own_change_passes(job: Job, server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = publish(author, BILLING)
    clone = check_out(server, tmp_path / "clone", head)
    done = run_checks(job, clone, pull_request(tmp_path, head, OWN_BRANCH))
    assert (done.returncode, done.stdout) == (
        0,
        "agentgrid: 1 charged path(s) as agent a2: 0 error(s), 0 warning(s)\n",
    )


def test_a_merge_queues_run_passes_too(job: Job, server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    publish(author, BILLING)
    author.switch("main")
    author.git("merge", "--quiet", "--no-ff", "-m", "Merge", OWN_BRANCH)
    queue = f"gh-readonly-queue/main/pr-7-{author.oid('HEAD^')}"
    author.git("push", "--quiet", "origin", f"HEAD:{queue}")
    clone = check_out(server, tmp_path / "clone", author.oid())
    done = run_checks(job, clone, merge_group(tmp_path, author.oid(), author.oid("HEAD^")))
    assert (done.returncode, f"{author.oid()[:10]} as a2" in done.stderr) == (0, True)


def test_a_shallow_checkout_of_somebody_elses_is_exit_code_2(
    job: Job, server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    head = publish(author, BILLING)
    Sandbox(tmp_path).git("clone", "--quiet", "--depth=1", server.path.as_uri(), tmp_path / "clone")
    done = run_checks(job, Sandbox(tmp_path / "clone"), pull_request(tmp_path, head, OWN_BRANCH), checkout="false")
    assert (done.returncode, "fetch-depth: 0" in done.stdout) == (2, True)
    assert done.stdout.startswith("::error title=agentgrid::this clone is shallow")


def test_the_base_and_the_grants_are_fetched(job: Job, server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = publish(author, BILLING)
    author.git("push", "--quiet", "origin", "main:refs/agentgrid/grants/a2/1", "main:refs/agentgrid/reviews/a2/1")
    clone = server.clone(tmp_path / "clone", "--single-branch", "--branch", OWN_BRANCH)
    assert run_checks(job, clone, pull_request(tmp_path, head, OWN_BRANCH)).returncode == 0
    assert clone.oid("refs/agentgrid/grants/a2/1") == clone.oid("refs/remotes/origin/main") == author.oid("main")
    assert clone.oid("refs/agentgrid/reviews/a2/1") == author.oid("main")


def test_inputs_are_arguments_and_nothing_else(job: Job, server: Sandbox, author: Sandbox, tmp_path: Path) -> None:
    head = publish(author, ORDERS)
    clone = check_out(server, tmp_path / "clone", head)
    env = pull_request(tmp_path, head, OWN_BRANCH)
    assert run_checks(job, clone, env, agent="a1").returncode == 0
    assert run_checks(job, clone, env, base="origin/main", head=f"origin/{OWN_BRANCH}").returncode == 1
    for name in ("agent", "base", "head", "format"):
        done = run_checks(job, clone, env, **{name: '"; touch pwned; $(touch pwned) `touch pwned` --help'})
        assert done.returncode == 2
    assert clone.status() == ""


def test_the_answer_goes_into_a_file_where_one_is_named(
    job: Job, server: Sandbox, author: Sandbox, tmp_path: Path
) -> None:
    head = publish(author, ORDERS)
    clone = check_out(server, tmp_path / "clone", head)
    file = tmp_path / "agentgrid.sarif"
    done = run_checks(job, clone, pull_request(tmp_path, head, OWN_BRANCH), format="sarif", output=str(file))
    assert (done.returncode, done.stdout) == (1, "")
    assert '"ownership.foreign"' in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(("given", "installed"), [("", "the/action"), ("agentgrid-cli==0.1", "agentgrid-cli==0.1")])
def test_what_is_installed_is_the_action_itself_or_what_is_named(tmp_path: Path, given: str, installed: str) -> None:
    note = f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/$(basename "$0").txt"\n'
    for program in ("bin/python3", "agentgrid/bin/python"):
        Sandbox(tmp_path).write(program, note).chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    job = Job({"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": "the/action", "PATH": path})
    assert job.run(Sandbox(tmp_path), {}, only="Install agentgrid", agentgrid=given).returncode == 0
    assert (tmp_path / "python.txt").read_text(encoding="utf-8").splitlines()[-2:] == ["--", installed]
