"""The sample repository is what the documentation, the acceptance tests and the benchmarks say that it is."""

import os
import re
from pathlib import Path

import pytest

from support.repositories import Sandbox
from support.sample_repository import build_sample_repository
from support.sample_tree import AREAS, COMMON_FILES, MIGRATIONS, SERVICES, UNCLAIMED_SERVICES


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox(build_sample_repository(tmp_path_factory.mktemp("sample") / "shop"))


def test_it_has_five_thousand_files_and_a_history_and_a_clean_work_tree(sample: Sandbox) -> None:
    assert len(sample.files()) >= 5000
    assert sample.git("rev-list", "--count", "main") == "120"
    assert sample.status() == ""


def test_its_services_are_the_twenty_of_the_grid_and_two_of_nobody(sample: Sandbox) -> None:
    folders = set(sample.git("ls-tree", "-d", "--name-only", "HEAD:services").split())

    assert len(SERVICES) == 22
    assert folders == {*SERVICES, "common"}
    assert UNCLAIMED_SERVICES == ("notification_hub", "media_store")


def test_each_area_has_the_share_of_the_code_that_the_grid_gives_it(sample: Sandbox) -> None:
    files = [path.split("/")[1] for path in sample.files() if re.match(r"services/(?!common/)", path)]

    shares = {area: sum(map(files.count, names)) * 100 / len(files) for area, (_, names) in AREAS.items()}

    assert shares == pytest.approx({"core": 26, "ai": 30, "analytics": 21, "platform": 19}, abs=1)


def test_its_services_use_five_versions_of_one_library(sample: Sandbox) -> None:
    versions = {sample.read(f"services/{name}/requirements.txt").splitlines()[0] for name in SERVICES}

    assert len(versions) == 5


def test_common_code_and_migrations_are_where_the_grid_expects_them(sample: Sandbox) -> None:
    files = set(sample.files())

    assert {f"services/common/{name}" for name in COMMON_FILES} <= files
    assert len([path for path in files if path.startswith(f"{MIGRATIONS}/")]) > 8
    assert {"docker-compose.yml", "pnpm-lock.yaml", ".github/workflows/ci.yml"} <= files


def test_every_module_of_it_compiles(sample: Sandbox) -> None:
    modules = sorted(path for path in sample.files() if path.endswith(".py"))

    compiled = [compile(sample.read(path), path, "exec") for path in modules[::25]]

    assert len(compiled) > 150


def test_services_change_together_with_common_code(sample: Sandbox) -> None:
    commits = sample.git("log", "--format=%x00", "--name-only", "main~100..main").split("\0")[1:]

    together = [text for text in commits if "services/common/" in text and text.count("services/") > 1]

    assert len(commits) == 100
    assert 20 <= len(together) <= 60


def test_equal_arguments_give_equal_commits_and_another_seed_gives_others(tmp_path: Path) -> None:
    oids = [
        Sandbox(build_sample_repository(tmp_path / name, files=400, commits=10, seed=seed)).oid()
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]

    assert oids[0] == oids[1] != oids[2]


def test_it_is_built_in_seconds(tmp_path: Path) -> None:
    before = sum(os.times()[:4])  # processor time with that of git, so that a busy machine doesn't count
    build_sample_repository(tmp_path / "shop")

    assert sum(os.times()[:4]) - before < 4
