"""`agentgrid demo`: every scene is what git really did, wherever it is started from."""

import shutil
from pathlib import Path

import pytest

from agentgrid.cli.app import run
from agentgrid.onboarding.demo import STORY
from agentgrid.onboarding.initialise import apply_init
from support.program import Answer, agentgrid, snapshot
from support.repositories import Sandbox, create_repository

REASONS = {
    "commits a change of a1's service": "services/orchestrator/app.py belongs to a1 (Core Pipeline)",
    "changes common code that a4 holds": "services/common/cache.py is locked by a4 (lease 1) since ",
    "commits a change of the CI workflow (frozen)": ".github/workflows/ci.yml is frozen for every agent",
    "edits its own profile and commits it": "config/agents/a3.yaml is frozen for every agent",
    "says it is a1 in the environment": "services/celery_worker/app.py belongs to a1 (Core Pipeline)",
    "commits a foreign change with --no-verify": "services/celery_worker/app.py belongs to a1 (Core Pipeline)",
    "moves a file out of a2's service": "services/viral_engine/app.py belongs to a2 (AI/ML Stack)",
    "removes a3, which has an untracked file": "removing a3 would take away work: 1 untracked: notes.txt",
}


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Another repository, with a hook's variables pointing at it while the demo plays inside."""
    return create_repository(tmp_path_factory.mktemp("other") / "mine", **{"README.md": "mine\n"})


@pytest.fixture(scope="module")
def played(around: Sandbox) -> Answer:
    around.write(".git/info/exclude", "/play/\n")
    before = snapshot(around.path)
    git_dir = around.path / ".git"
    variables = {"GIT_DIR": git_dir, "GIT_INDEX_FILE": git_dir / "index", "GIT_WORK_TREE": around.path}
    answer = agentgrid(around, "demo", "play", "--json", env={name: str(value) for name, value in variables.items()})
    after = snapshot(around.path)
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    assert {path.partition("/")[0] for path in changed} == {"play"}
    return answer


def test_every_scene_goes_as_it_should(played: Answer) -> None:
    assert played.code == 0, played.err
    assert played.data["as_expected"] is True
    told = [(each["who"], each["what"], each["outcome"]) for each in played.data["scenes"]]
    assert told == [(scene.who, scene.what, "allowed" if scene.should_pass else "refused") for scene in STORY]


def test_every_refusal_names_its_reason(played: Answer) -> None:
    said = {each["what"]: each["said"] for each in played.data["scenes"] if each["outcome"] == "refused"}

    assert said.keys() == REASONS.keys()
    assert [what for what, reason in REASONS.items() if not said[what].startswith(reason)] == []


def test_what_was_allowed_is_in_the_history_and_what_was_refused_is_not(played: Answer) -> None:
    sample = Sandbox(Path(played.data["directory"]))

    subjects = sample.git("log", "--all", "--format=%s").splitlines()

    assert {"Work on my own service", "Tune the common cache", "A person may change anything"} <= set(subjects)
    assert {
        "Reach into the orchestrator",
        "Skip the checks",
        "As somebody else",
        "Tune it as well",
        "Nobody looks",
    } & set(subjects) == set()


def test_everything_is_in_the_directory_that_was_named(played: Answer, around: Sandbox) -> None:
    assert Path(played.data["directory"]) == around.path / "play" / "sample"
    assert sorted(path.name for path in (around.path / "play").iterdir()) == [
        "sample", "wt-a1-core", "wt-a2-ai", "wt-a3-analytics", "wt-a4-platform",
    ]  # fmt: skip


def test_a_second_time_in_the_same_directory_is_refused(played: Answer, around: Sandbox) -> None:
    before = snapshot(around.path)

    answer = agentgrid(around, "demo", "play")

    assert (answer.code, answer.out, answer.err) == (
        2,
        "",
        f"agentgrid: {around.path}/play is not empty\nhint: name a new directory, or none\n",
    )
    assert snapshot(around.path) == before


def test_without_the_guard_the_demo_says_wrong_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_hooks(*arguments: object) -> object:
        result = apply_init(*arguments)  # type: ignore[arg-type]
        for hooks in (tmp_path / "play/sample/.git/agentgrid/agents").glob("*/hooks"):
            hooks.chmod(0o755)
            shutil.rmtree(hooks)
        return result

    monkeypatch.setattr("agentgrid.onboarding.demo.apply_init", without_hooks)
    monkeypatch.setattr("sys.argv", ["agentgrid", "demo", str(tmp_path / "play")])

    code = run()

    out = capsys.readouterr().out
    assert code == 1
    assert "allowed (WRONG)" in out
    assert "14 scenes, NOT as it should be: 2, 4, 5, 6, 7, 8, 9" in out
