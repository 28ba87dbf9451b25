"""Which files are manifests, and reading one."""

import re

from agentgrid.integration.dependencies.texts import read_text
from agentgrid.integration.dependencies.wanted import Manifest, Unread

TOO_LARGE_BYTES = 16 << 20
STRUCTURED = (b"pyproject.toml", b"package.json", b"Cargo.toml", b"go.mod")

_REQUIREMENTS = re.compile(rb"(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)")
# What package managers put there is installed, not asked for.
_INSTALLED = re.compile(rb"(?:^|/)(?:node_modules|site-packages|\.venv|venv|\.tox)/")


def is_manifest(path: bytes) -> bool:
    """Whether a path names a manifest by its name: one of STRUCTURED, or a requirements or constraints file of pip."""
    name = path.rpartition(b"/")[2]
    is_listed = name.endswith((b".txt", b".in")) and b"/requirements/" in b"/" + path
    return name in STRUCTURED or is_listed or _REQUIREMENTS.fullmatch(name) is not None


def is_installed(path: bytes) -> bool:
    """Whether a path lies in what a package manager installed."""
    return _INSTALLED.search(path) is not None


def read_manifest(name: bytes, content: bytes) -> Manifest:
    """What a manifest says; of one that can't be read, why. `name`: of the file, without directories; what isn't in
    STRUCTURED is read as pip's requirements."""
    from agentgrid.integration.dependencies.reading.structured import Broken

    if len(content) > TOO_LARGE_BYTES:
        return Manifest(unread=(Unread(None, f"larger than {TOO_LARGE_BYTES >> 20} MB"),))
    try:
        return _read(name, content)
    except Broken as error:
        return Manifest(unread=(Unread(error.line, error.why),))
    except UnicodeDecodeError as error:
        return Manifest(unread=(Unread(None, f"no text in UTF-8 or UTF-16: {error.reason}"),))


def _read(name: bytes, content: bytes) -> Manifest:
    if name in STRUCTURED:
        content.decode("utf-8-sig")  # these are UTF-8 by their own rules
    source = read_text(content)
    if name == b"pyproject.toml":
        from agentgrid.integration.dependencies.reading.pyproject import read_pyproject

        return read_pyproject(source)
    if name == b"package.json":
        from agentgrid.integration.dependencies.reading.package_json import read_package_json

        return read_package_json(source)
    if name == b"Cargo.toml":
        from agentgrid.integration.dependencies.reading.cargo_toml import read_cargo

        return read_cargo(source)
    if name == b"go.mod":
        from agentgrid.integration.dependencies.reading.go_module import read_go_module

        return read_go_module(source)
    from agentgrid.integration.dependencies.reading.requirements_file import read_requirements

    return read_requirements(source)
