"""Common code is told by names and by what changes together; lock files by their names."""

import subprocess
from pathlib import Path

import pytest

from agentgrid.onboarding.discovery.services import discover_services
from agentgrid.onboarding.discovery.shared_code import CommonCode, find_common, find_derived
from agentgrid.onboarding.discovery.tree_facts import TreeFacts
from support.tree_facts import commits, facts

SERVICES = [f"services/{name}/a.py" for name in ("api", "billing", "mail", "orders", "search", "users")]


def common_of(tree: TreeFacts) -> dict[str, str]:
    return {code.pattern: code.reason for code in find_common(tree, discover_services(tree))}


@pytest.mark.parametrize(
    ("paths", "patterns"),
    [
        (["services/common/a.py", "libs/shared/a.py"], ["libs/shared/**", "services/common/**"]),
        (["common/a.py", "Shared/a.cs", "src/Commons/a.cs"], ["Shared/**", "common/**", "src/Commons/**"]),
        (
            ["packages/core/a.ts", "libs/utils/a.py", "lib/util/a.rb"],
            ["lib/util/**", "libs/utils/**", "packages/core/**"],
        ),
        (["proto/a.proto", "schemas/a.json", "types/a.d.ts"], ["proto/**", "schemas/**", "types/**"]),
        (["services/api/common/a.py", "tests/common/a.py", "docs/shared/a.md", ".x/shared/a"], []),
        (["core/a.py", "services/core/a.py", "lib/a.py", "services/types/a.py"], []),
    ],
)
def test_names_tell_what_is_common(paths: list[str], patterns: list[str]) -> None:
    assert common_of(facts(*SERVICES, *paths)) == dict.fromkeys(patterns, "shared by its name")


def test_library_names_stay_services_where_hardly_any_other_service_is_left() -> None:
    assert common_of(facts("packages/core/a.ts", "packages/cli/a.ts")) == {}


def test_a_long_history_of_changing_alone_outweighs_a_library_name() -> None:
    alone = commits(20, "packages/core/a.ts")
    assert common_of(facts(*SERVICES, "packages/core/a.ts", history=alone)) == {}


def test_a_library_that_other_services_change_now_and_then_is_common() -> None:
    history = [*commits(18, "packages/core/a.ts"), *commits(2, "packages/core/a.ts", SERVICES[0])]
    assert common_of(facts(*SERVICES, "packages/core/a.ts", history=history)) == {
        "packages/core/**": "shared by its name"
    }


def test_a_history_of_changing_alone_does_not_outweigh_the_name_common() -> None:
    alone = commits(20, "services/common/a.py")
    assert list(common_of(facts(*SERVICES, "services/common/a.py", history=alone))) == ["services/common/**"]


def test_a_service_that_changes_together_with_many_is_common() -> None:
    tied = [commit for other in SERVICES[1:5] for commit in commits(2, SERVICES[0], other)]
    tree = facts(*SERVICES, history=[*tied, *commits(12, SERVICES[0])])
    assert find_common(tree, discover_services(tree)) == [
        CommonCode("services/api/**", "changes together with 4 of 5 services (8 of 20 commits)", "services/api"),
    ]


@pytest.mark.parametrize(
    ("hub", "pattern"),
    [("platform/kernel.py", "platform/**"), ("models.py", "/models.py"), ("docker-compose.yml", "/docker-compose.yml")],
)
def test_a_folder_or_root_file_that_changes_together_with_many_is_common(hub: str, pattern: str) -> None:
    tied = [commit for other in SERVICES[:3] for commit in commits(3, hub, other)]
    expected = {pattern: "changes together with 3 of 6 services (9 of 9 commits)"}
    assert common_of(facts(*SERVICES, hub, history=tied)) == expected


@pytest.mark.parametrize("place", ["tests/a.py", "docs/a.md", "README.md", "uv.lock", ".github/ci.yml", "LICENSE"])
def test_tests_prose_and_lock_files_that_change_with_everything_are_not_common(place: str) -> None:
    tied = [commit for other in SERVICES for commit in commits(3, place, other)]
    assert common_of(facts(*SERVICES, place, history=tied)) == {}


NOT_COUPLED: dict[str, list[tuple[str, ...]]] = {
    "too few commits": [(SERVICES[0], other) for other in SERVICES[1:5]],
    "too few services": [*commits(10, SERVICES[0], SERVICES[1]), *commits(10, SERVICES[0], SERVICES[2])],
    "mostly alone": [*commits(30, SERVICES[0]), *[(SERVICES[0], other) for other in SERVICES[1:]]],
    "bulk commits over most services": commits(30, *SERVICES[:4]),
    "bulk commits of many files": commits(30, *SERVICES[:2], *(f"services/api/{n}.py" for n in range(200))),
}


@pytest.mark.parametrize("history", NOT_COUPLED)
def test_a_history_that_says_too_little_makes_nothing_common(history: str) -> None:
    assert common_of(facts(*SERVICES, history=NOT_COUPLED[history])) == {}


def test_what_changes_with_many_only_through_common_code_is_not_common_itself() -> None:
    hub = "services/common/a.py"
    tied = [commit for other in SERVICES for commit in commits(9, hub, other)]
    assert common_of(facts(*SERVICES, hub, history=tied)) == {
        "services/common/**": "shared by its name, changes together with 6 of 6 services (54 of 54 commits)",
    }


def test_ties_to_code_found_common_by_its_history_do_not_count_either() -> None:
    api, billing, mail, orders, search, users = SERVICES
    hub = [commit for other in (billing, mail, search, users) for commit in commits(3, api, other)]
    spoke = [commit for other in (mail, orders) for commit in commits(3, users, other)]
    assert list(common_of(facts(*SERVICES, history=[*hub, *spoke]))) == ["services/api/**"]


def test_changing_together_with_three_of_twenty_services_is_not_enough() -> None:
    services = [f"services/s{number:02}/a.py" for number in range(20)]
    tied = [commit for other in services[1:4] for commit in commits(9, services[0], other)]
    assert common_of(facts(*services, history=tied)) == {}


def test_even_where_all_changes_with_all_most_services_stay_owned() -> None:
    pairs = [commit for one in SERVICES for two in SERVICES if one < two for commit in commits(4, one, two)]
    assert len(common_of(facts(*SERVICES, history=pairs))) == 2


def test_lock_files_name_the_command_that_regenerates_them_where_they_stand() -> None:
    tree = facts("pnpm-lock.yaml", "services/x y/uv.lock", "go.sum", "crates/z/Cargo.lock",
                 "a/node_modules/b/yarn.lock", "tests/fixtures/poetry.lock", "web/yarn.lock")  # fmt: skip
    assert find_derived(tree) == {
        "/crates/z/Cargo.lock": "cd crates/z && cargo update --workspace",
        "/go.sum": "go mod tidy",
        "/pnpm-lock.yaml": "pnpm install --lockfile-only",
        "/services/x y/uv.lock": "cd 'services/x y' && uv lock",
        "/web/yarn.lock": "cd web && yarn install --mode=update-lockfile",
    }


@pytest.mark.parametrize(
    "tree",
    [
        facts("yarn.lock", ".yarnrc"),
        facts("yarn.lock", manifests={"package.json": '{"packageManager": "yarn@1.22.22"}'}),
    ],
)
def test_yarn_1_is_not_asked_for_what_only_later_versions_can(tree: TreeFacts) -> None:
    assert find_derived(tree) == {"/yarn.lock": "yarn install --ignore-scripts --non-interactive"}


def test_the_command_of_a_nested_lock_file_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    command = find_derived(facts("a b/go.sum"))["/a b/go.sum"].replace("go mod tidy", "pwd")
    shown = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=True, text=True)
    assert Path(shown.stdout.strip()).samefile(tmp_path / "a b")
