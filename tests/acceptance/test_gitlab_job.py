"""GitLab's job: what it says, and its script run by bash in a clone of a bare server, with GitLab's variables."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.ci_servers import check_out, merge_request
from support.grids import BILLING, ORDERS
from support.installations import OFFLINE, ROOT, build_wheel, run_script, write_lending_python
from support.servers import OWN_BRANCH, serve_grid, work_on

FILE = ROOT / "templates/ci/gitlab-agentgrid.yml"
JOB: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["agentgrid"]
REPORT = "gl-code-quality-report.json"


def test_it_is_a_job_by_the_published_schema() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_clones_the_whole_history_and_hands_the_report_in_whatever_happens() -> None:
    assert JOB["variables"]["GIT_DEPTH"] == "0"
    assert JOB["artifacts"] == {"when": "always", "reports": {"codequality": REPORT}}


@pytest.fixture(scope="module")
def tools(hermetic_session: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that let the job install without an index."""
    place = tmp_path_factory.mktemp("tools")
    path = f"{write_lending_python(place / 'bin')}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "AGENTGRID_FROM": str(build_wheel(place / "dist")), **OFFLINE}


@pytest.mark.parametrize(("path", "code"), [(BILLING, 0), (ORDERS, 1)], ids=["own", "foreign"])
def test_the_job_ends_as_the_check_does_and_leaves_its_report(
    tools: dict[str, str], tmp_path: Path, path: str, code: int
) -> None:
    server, author = serve_grid(tmp_path / "served")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine\n", encoding="utf-8")
    work_on(author, OWN_BRANCH, **{path: "CHANGED = 1\n"})
    (author.path / REPORT).symlink_to(elsewhere)
    head = author.commit("And a link where the report goes")
    author.git(
        "push", "--quiet", "origin", "HEAD", "main:refs/agentgrid/grants/a2/1", "main:refs/agentgrid/reviews/a2/1"
    )
    clone = check_out(server, tmp_path / "clone", head)
    done = run_script("\n".join(JOB["script"]), clone.path, {**merge_request(head, OWN_BRANCH), **tools})
    assert (done.returncode, "nothing to object to" in done.stdout) == (code, code == 0), done.stderr
    entries = json.loads((clone.path / REPORT).read_text(encoding="utf-8"))
    assert [(each["check_name"], each["location"]["path"]) for each in entries] == [
        ("ownership.foreign", ORDERS)
    ] * code
    assert elsewhere.read_text(encoding="utf-8") == "mine\n"
    assert clone.oid("refs/agentgrid/grants/a2/1") == clone.oid("refs/agentgrid/reviews/a2/1") == author.oid("main")
