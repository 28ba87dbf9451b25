"""One package that both sides want at another version."""

import pytest

from support.meetings import reasons

PYPROJECT = """\
[project]
dependencies = ["requests>=2", "rich"]
[project.optional-dependencies]
dev = ["pytest>=8"]
[dependency-groups]
lint = ["ruff>=0.8", {include-group = "dev"}]
[tool.poetry.dependencies]
httpx = "^0.27"
django = {version = "^4", extras = ["argon2"]}
[tool.poetry.group.docs.dependencies]
sphinx = "^7"
"""
CARGO = '[dependencies]\nserde = "1.0"\ntokio = { version = "1.0", features = ["full"] }\n'
CARGO += "[target.'cfg(unix)'.dependencies]\nnix = \"0.27\"\n"
GO = "module shop\n\ngo 1.22\n\nrequire github.com/a/b v1.0.0\n\n"
GO += "require (\n\tgithub.com/c/d v1.1.0 // indirect\n)\n\nreplace (\n\tgithub.com/x/y v1.0.0 => ../y\n)\n"
PACKAGE = '{"name": "x", "dependencies": {"left-pad": "^1.0.0"}, "devDependencies": {"vite": "5.0.0"}}'


@pytest.mark.parametrize(
    ("path", "base", "old", "package", "versions"),
    [
        ("requirements.txt", "Foo.Bar[x]==1.0 ; python_version > '3'\n", "1.0", "foo-bar", "==3 and ==4"),
        ("requirements-dev.txt", "foo>=1.0,<9  # why\n", "1.0", "foo", "<9,>=3 and <9,>=4"),
        ("requirements/dev.in", "foo ~= 1.0\n", "1.0", "foo", "~= 3 and ~= 4"),
        ("pyproject.toml", PYPROJECT, "requests>=2", "requests", "any version and any version"),
        ("pyproject.toml", PYPROJECT, ">=8", "pytest", None),
        ("pyproject.toml", PYPROJECT, ">=0.8", "ruff", None),
        ("pyproject.toml", PYPROJECT, "^0.27", "httpx", "3 and 4"),
        ("pyproject.toml", PYPROJECT, "^4", "django", "3 and 4"),
        ("pyproject.toml", PYPROJECT, "^7", "sphinx", "3 and 4"),
        ("package.json", PACKAGE, "^1.0.0", "left-pad", "3 and 4"),
        ("web/package.json", PACKAGE, "5.0.0", "vite", "3 and 4"),
        ("Cargo.toml", CARGO, '"1.0", features', "tokio", None),
        ("Cargo.toml", CARGO, "0.27", "nix", "3 and 4"),
        ("go.mod", GO, "v1.0.0\n\nrequire (", "github.com/a/b", None),
        ("go.mod", GO, "v1.1.0", "github.com/c/d", None),
    ],
)
def test_two_versions_of_a_package_meet(path: str, base: str, old: str, package: str, versions: str | None) -> None:
    def at(version: str) -> str:
        new = {"requests>=2": "requests", ">=8": f">={version}", ">=0.8": f">={version}",
               '"1.0", features': f'"{version}", features', "v1.1.0": f"v{version}.0.0",
               "v1.0.0\n\nrequire (": f"v{version}.0.0\n\nrequire ("}.get(old, version)  # fmt: skip
        return base.replace(old, new)

    if package == "requests":
        assert reasons({path: base}, {path: at("3")}, {path: base.replace(old, "requests>=4")}) == [
            "a1 and a2 want requests at two versions: any version and >=4"
        ]
        return
    [reason] = reasons({path: base}, {path: at("3")}, {path: at("4")})
    assert reason.startswith(f"a1 and a2 want {package} at two versions: {versions or ''}")
    assert reasons({path: base}, {path: at("3")}, {path: at("3")}) == []


def test_a_package_that_is_new_on_both_sides_meets_under_any_spelling() -> None:
    assert reasons({}, {"requirements.txt": "My_Package==1\n"}, {"requirements.txt": "my-package==2\n"}) == [
        "a1 and a2 want my-package at two versions: ==1 and ==2"
    ]


def test_two_lists_of_one_folder_count_together_and_two_folders_do_not() -> None:
    a, b = "foo==1\n", '[project]\ndependencies = ["foo==2"]\n'
    assert len(reasons({}, {"x/requirements.txt": a}, {"x/pyproject.toml": b})) == 1
    assert reasons({}, {"x/requirements.txt": a}, {"y/pyproject.toml": b}) == []


def test_removed_here_and_raised_there_meets() -> None:
    files = {"requirements.txt": "foo==1\nbar==1\n"}
    assert reasons(files, {"requirements.txt": "bar==1\n"}, {"requirements.txt": "foo==2\nbar==1\n"}) == [
        "a1 removes foo, and a2 changes it"
    ]


def test_two_packages_do_not_meet_and_options_are_no_packages() -> None:
    files = {"requirements.txt": "foo==1\n-r x.txt\n--index-url https://x/1\nhttps://x/y.whl\n"}
    assert reasons(files, {"requirements.txt": "foo==2\n"}, {"requirements.txt": "foo==1\nbar==1\n-r y.txt\n"}) == []


def test_a_token_in_an_address_is_not_told() -> None:
    def at(tag: str) -> str:
        return f"foo @ git+https://user:hunter2@host/foo@{tag}\n"

    [reason] = reasons({}, {"requirements.txt": at("v1")}, {"requirements.txt": at("v2")})
    assert "hunter2" not in reason
    assert "git+https://host/foo@v1" in reason
