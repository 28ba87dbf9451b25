"""Services are found where each ecosystem declares them, and in the usual folders."""

import os
from pathlib import Path

import pytest

from agentgrid.git.repository import Repository
from agentgrid.onboarding.discovery.pattern_text import file_pattern, folder_pattern, to_area
from agentgrid.onboarding.discovery.services import Service, discover_services
from agentgrid.onboarding.discovery.tree_facts import TreeFacts, gather_tree_facts
from support.repositories import Sandbox, create_repository
from support.tree_facts import facts

ECOSYSTEMS = {
    "npm, a list": (
        {"package.json": '{"workspaces": ["web/*", "./tools/cli", "!web/old"]}'},
        ["web/site/package.json", "web/old/package.json", "web/site/deep/package.json", "tools/cli/package.json"],
        {"tools/cli": "package.json", "web/site": "package.json"},
    ),
    "yarn, a mapping": (
        {"package.json": '{"workspaces": {"packages": ["{web,mobile}/**"], "nohoist": ["x"]}}'},
        ["web/a/b/package.json", "mobile/app/package.json", "other/package.json"],
        {"mobile/app": "package.json", "web/a/b": "package.json"},
    ),
    "pnpm": (
        {"pnpm-workspace.yaml": "packages:\n  - ui/*\n  - '!**/fixture/**'\n"},
        ["ui/button/package.json", "ui/fixture/package.json", "ui/no-manifest/index.ts"],
        {"ui/button": "pnpm-workspace.yaml"},
    ),
    "uv": (
        {"pyproject.toml": '[tool.uv.workspace]\nmembers = ["parts/*"]\nexclude = ["parts/seed*"]\n'},
        ["parts/api/pyproject.toml", "parts/seeds/pyproject.toml", "parts/docs/README.md"],
        {"parts/api": "pyproject.toml"},
    ),
    "Cargo": (
        {"Cargo.toml": '[workspace]\nmembers = ["engine", "plugins/*"]\nexclude = ["plugins/draft"]\n'},
        ["engine/Cargo.toml", "plugins/zip/Cargo.toml", "plugins/draft/Cargo.toml"],
        {"engine": "Cargo.toml", "plugins/zip": "Cargo.toml"},
    ),
    "Go": (
        {"go.work": "go 1.22\n\nuse ./tool // the command line\nuse (\n\t./api\n\t./worker // jobs\n)\n"},
        ["api/go.mod", "worker/go.mod", "tool/go.mod", "elsewhere/go.mod"],
        {"api": "go.work", "tool": "go.work", "worker": "go.work"},
    ),
    "compose": (
        {
            "docker-compose.yml": "services:\n  api: {build: ./backend/api}\n  root: {build: .}\n"
            "  db: {image: postgres}\n"
            "  job: {build: {context: backend/job}}\n  far: {build: 'https://example.org/x.git'}\n"
        },
        ["backend/api/Dockerfile", "backend/job/Dockerfile", "backend/README.md"],
        {"backend/api": "docker-compose.yml", "backend/job": "docker-compose.yml"},
    ),
    "a manifest below the root": (
        {
            "frontend/package.json": '{"workspaces": ["parts/*"]}',
            "deploy/compose.yaml": "services: {a: {build: ../one}}",
        },
        ["frontend/parts/a/package.json", "parts/b/package.json", "one/Dockerfile"],
        {"frontend/parts/a": "frontend/package.json", "one": "deploy/compose.yaml"},
    ),
    "the usual folders": (
        {},
        ["services/api/a.py", "apps/web/a.ts", "packages/x/a.ts", "libs/y/a.py", "crates/z/a.rs", "cmd/tool/main.go",
         "services/README.md", "elsewhere/a.py"],
        {"apps/web": "apps/", "cmd/tool": "cmd/", "crates/z": "crates/", "libs/y": "libs/", "packages/x": "packages/",
         "services/api": "services/"},
    ),
    "several packages in src": (
        {}, ["src/shop/a.py", "src/shop_cli/a.py", "src/shop.egg-info/PKG-INFO"],
        {"src/shop": "src/", "src/shop_cli": "src/"},
    ),
    "one package in src": ({}, ["src/shop/a.py", "src/a.py"], {}),
    "broken manifests": (
        {"package.json": "{", "pyproject.toml": "[", "go.work": "use (", "compose.yml": "services: [a: !x",
         "Cargo.toml": "workspace = 1", "pnpm-workspace.yaml": "- packages"},
        ["api/package.json"], {},
    ),
}  # fmt: skip


def folders_of(found: list[Service]) -> dict[str, str]:
    return {service.folder: service.found_by for service in found}


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_services_are_found_where_an_ecosystem_declares_them(ecosystem: str) -> None:
    manifests, paths, expected = ECOSYSTEMS[ecosystem]
    assert folders_of(discover_services(facts(*paths, manifests=manifests))) == expected


def test_a_service_has_a_name_an_anchored_pattern_and_the_bytes_below_it() -> None:
    tree = facts(sizes={"services/orders/a.py": 30, "services/orders/deep/b.py": 12, "services/x.md": 5})
    assert discover_services(tree) == [
        Service("orders", ("services/orders/**",), 42, "services/", "services/orders"),
    ]


def test_folders_called_common_or_shared_are_no_services() -> None:
    tree = facts("services/api/a.py", "services/common/a.py", "libs/Shared/a.py", "packages/shared/ui/a.ts")
    assert folders_of(discover_services(tree)) == {"services/api": "services/"}


def test_vendored_and_hidden_folders_are_no_services() -> None:
    tree = facts("libs/vendor/a.c", "libs/.cache/a", "apps/web/a.ts", "packages/node_modules/a.js")
    assert folders_of(discover_services(tree)) == {"apps/web": "apps/"}


def test_a_service_around_another_leaves_the_inner_one_out() -> None:
    manifests = {"package.json": '{"workspaces": ["apps/web", "apps/web/plugins/*"]}'}
    tree = facts(manifests=manifests, sizes={
        "apps/web/package.json": 500, "apps/web/plugins/map/package.json": 10, "apps/web/plugins/map/deep/a.ts": 30,
    })  # fmt: skip
    assert [(one.patterns, one.size_bytes) for one in discover_services(tree)] == [
        (("apps/web/**", "!apps/web/plugins/map/**"), 500),
        (("apps/web/plugins/map/**",), 40),
    ]


def test_a_build_context_that_only_holds_services_is_no_service() -> None:
    tree = facts("services/api/a.py", "services/job/a.py", "services/Dockerfile",
                 manifests={"compose.yaml": "services: {api: {build: {context: services}}}"})  # fmt: skip
    assert folders_of(discover_services(tree)) == {"services/api": "services/", "services/job": "services/"}


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["apps/api/a", "services/api/a", "apps/web/a"], ["apps-api", "web", "services-api"]),
        (["apps/Api/a", "libs/api/a"], ["apps-Api", "libs-api"]),
        (["apps/a b/x", "apps/a+b/x"], ["apps-a-b", "apps-a-b-2"]),
        (["apps/Käse & Co/a", "apps/日本/a", "apps/-x./a"], ["x", "Kase-Co", "service"]),
    ],
)
def test_names_are_unique_even_without_case_and_made_of_allowed_characters(paths: list[str], names: list[str]) -> None:
    assert [service.name for service in discover_services(facts(*paths))] == names


def test_a_folder_that_yaml_cannot_say_is_no_service() -> None:
    latin = os.fsdecode(b"apps/caf\xe9/a.ts")
    assert folders_of(discover_services(facts(latin, "apps/a\nb/a.ts", "apps/café/a.ts"))) == {"apps/café": "apps/"}


@pytest.mark.parametrize("name", ["[a] b", "a*b", "a?b", "back\\slash", "!bang", "#hash", "end ", "käse", "**"])
def test_git_reads_a_pattern_as_this_very_folder_or_file(tmp_path: Path, name: str) -> None:
    sandbox = create_repository(tmp_path / "shop")
    sandbox.write(".git/info/exclude", f"{folder_pattern(name)}\n{file_pattern(name + '.c ')}\n")
    inside, beside = f"{name}/deep/a.py", [f"x/{name}/a.py", "aXb/a.py", "a/a.py", f"x/{name}.c "]
    asked = "\0".join([inside, f"{name}.c ", *beside])
    answer = sandbox.git("check-ignore", "--no-index", "-z", "--stdin", stdin=asked)
    assert answer.split("\0")[:-1] == [inside, f"{name}.c "]


@pytest.mark.parametrize(("text", "area"), [("_core", "core"), ("a..b.lock", "a.b"), ("käse", "kase"), ("__", "work")])
def test_an_area_is_fit_for_a_branch_name(repo: Sandbox, text: str, area: str) -> None:
    assert to_area(text) == area
    assert repo.git("check-ref-format", "--branch", f"feat/{area}/x__a1") == f"feat/{area}/x__a1"


def test_facts_are_gathered_from_a_commit(tmp_path: Path) -> None:
    workspace = '{"workspaces": ["apps/*"]}'
    sandbox = create_repository(tmp_path / "shop", **{"package.json": workspace, "apps/käse b/a.ts": "12345"})
    sandbox.commit("Change", **{"apps/käse b/a.ts": "123456", "node_modules/x/package.json": "{}"})
    assert gather_tree_facts(Repository.discover(sandbox.path), "main") == TreeFacts(
        sizes={"package.json": 26, "apps/käse b/a.ts": 6, "node_modules/x/package.json": 2},
        manifests={"package.json": workspace},
        history=(
            frozenset({"apps/käse b/a.ts", "node_modules/x/package.json"}),
            frozenset({"package.json", "apps/käse b/a.ts"}),
        ),
    )


def test_a_tree_without_a_commit_has_no_history(repo: Sandbox) -> None:
    gathered = gather_tree_facts(Repository.discover(repo.path), repo.oid("HEAD^{tree}"))
    assert len(gathered.sizes) == 5
    assert gathered.history == ()


def test_a_manifest_of_more_than_a_megabyte_is_not_read(tmp_path: Path) -> None:
    huge = '{"workspaces": ["x"], "_": "' + "x" * 1_000_000 + '"}'
    sandbox = create_repository(tmp_path / "shop", **{"package.json": huge, "web/package.json": "{}"})
    assert gather_tree_facts(Repository.discover(sandbox.path), "main").manifests == {"web/package.json": "{}"}
