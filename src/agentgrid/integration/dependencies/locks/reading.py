"""Reading lock files: poetry.lock, uv.lock, Cargo.lock, package-lock.json, pnpm-lock.yaml, go.sum."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from agentgrid.integration.dependencies.locks.lock import Lock, Versions
from agentgrid.integration.dependencies.manifests import TOO_LARGE_BYTES
from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.wanted import Manifest, Unread

_NODE_MODULES = "node_modules/"
_NPM_TABLES = ("dependencies", "devDependencies", "optionalDependencies")


def is_lock(path: bytes) -> bool:
    """Whether a path names a lock file that is read here."""
    return path.rpartition(b"/")[2].decode("utf-8", "replace") in _READERS


def read_lock(name: bytes, content: bytes) -> Lock | Unread:
    """What a lock file says, or why that can't be told. `name`: of the file, without directories."""
    if len(content) > TOO_LARGE_BYTES:
        return Unread(None, f"larger than {TOO_LARGE_BYTES >> 20} MB")
    try:
        return _READERS[name.decode()](content.decode("utf-8-sig"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return Unread(None, f"no lock file of its kind: {error}")


def lock_of_compiled(name: str, manifest: Manifest) -> Lock:
    """A requirements file that a program generated, as the lock file that it is."""
    versions = _collect((each.package, each.constraint.lstrip("=").strip()) for each in manifest.wanted
                        if each.constraint.startswith("=="))  # fmt: skip
    named = tuple(word.rpartition("/")[2] for word in manifest.compiled_by.split())
    sources = tuple(word for word in named if word.endswith((".in", ".toml")))
    return Lock("python", "pip-compile", versions, sources=sources or (f"{name.rpartition('.')[0]}.in",))


def _collect(found: Iterable[tuple[str, str]]) -> Versions:
    versions: dict[str, list[str]] = {}
    for package, version in found:
        known = versions.setdefault(package, [])
        if version not in known:
            known.append(version)
    return {package: tuple(each) for package, each in versions.items()}


def _toml_packages(text: str) -> list[Mapping[str, Any]]:
    import tomllib

    packages = tomllib.loads(text).get("package", [])
    if not isinstance(packages, list):
        raise TypeError("a list of packages was expected")
    return packages


def _poetry(text: str) -> Lock:
    found = _toml_packages(text)
    versions = _collect((alike("python", each["name"]), str(each["version"])) for each in found)
    return Lock("python", "poetry", versions, sources=("pyproject.toml",))


def _uv(text: str) -> Lock:
    found = _toml_packages(text)
    own = [each["source"] for each in found if {"editable", "virtual"} & set(each.get("source", ()))]
    members = {str(source.get("editable", source.get("virtual"))) for source in own}
    kept = (each for each in found if each.get("source") not in own and "version" in each)
    versions = _collect((alike("python", each["name"]), str(each["version"])) for each in kept)
    return Lock("python", "uv", versions, members=frozenset(members), sources=("pyproject.toml",))


def _cargo(text: str) -> Lock:
    found = _toml_packages(text)
    versions = _collect((alike("cargo", each["name"]), str(each["version"])) for each in found if "source" in each)
    owners = frozenset(alike("cargo", each["name"]) for each in found if "source" not in each)
    return Lock("cargo", "cargo", versions, owners=owners, sources=("Cargo.toml",))


def _npm(text: str) -> Lock:
    data = json.loads(text)
    if "packages" not in data:  # the first version of the format
        flat = _collect((name, each["version"]) for name, each in data.get("dependencies", {}).items())
        return Lock("npm", "npm", flat, sources=("package.json",))
    places: dict[str, dict[str, tuple[str, ...]]] = {}
    every: list[tuple[str, str]] = []
    for path, each in data["packages"].items():
        directory, is_installed, name = path.rpartition(_NODE_MODULES)
        if not is_installed or each.get("link") or not each.get("version"):
            continue
        package = each.get("name", name)
        every.append((package, each["version"]))
        if _NODE_MODULES not in directory:
            places.setdefault(directory.rstrip("/"), {})[package] = (each["version"],)
    members = frozenset(path for path in data["packages"] if path and _NODE_MODULES not in path)
    top = places.get("", {})
    versions = {**_collect(every), **top}
    return Lock("npm", "npm", versions, places, members, sources=("package.json",))


def _pnpm(text: str) -> Lock:
    import yaml

    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError as error:
        raise ValueError(str(error).split("\n", 1)[0]) from error
    if not isinstance(data, dict):
        raise TypeError("a mapping was expected")
    importers = data.get("importers") or {".": data}
    places = {("" if name == "." else name): _collect(_imported(each)) for name, each in importers.items()}
    versions = _collect(item for each in places.values() for item in _pairs(each))
    return Lock("npm", "pnpm", versions, places, frozenset(places) - {""}, sources=("package.json",))


def _imported(importer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for table in _NPM_TABLES:
        for name, each in (importer.get(table) or {}).items():
            version = str(each.get("version", "") if isinstance(each, Mapping) else each)
            plain = version.partition("(")[0].partition("_")[0]
            real, is_aliased, number = plain.rpartition("@")
            if plain[:1].isdigit() or (is_aliased and real):
                yield (real.lstrip("/"), number) if is_aliased and real else (name, plain)


def _pairs(versions: Versions) -> Iterator[tuple[str, str]]:
    return ((package, version) for package, each in versions.items() for version in each)


def _go(text: str) -> Lock:
    found: list[tuple[str, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words and len(words) != 3:
            raise ValueError(f"line {number}: a module, a version and a hash were expected")
        if words:
            found.append((words[0], words[1].removesuffix("/go.mod")))
    return Lock("go", "go", _collect(found), sources=("go.mod",))


_READERS: dict[str, Callable[[str], Lock]] = {
    "poetry.lock": _poetry,
    "uv.lock": _uv,
    "Cargo.lock": _cargo,
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "pnpm-lock.yaml": _pnpm,
    "go.sum": _go,
}
