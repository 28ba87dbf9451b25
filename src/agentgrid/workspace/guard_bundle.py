"""The guard's light modules in one file: to find and read them one by one costs 4 ms of a hook's 20.

The same code as the modules have, with what tells whether they have changed since. A bundle that is stale, damaged or
of another Python is passed over, and the hook imports the modules themselves.
"""

import marshal
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.machine.files import write_if_changed

MARSHAL_VERSION = 2  # later ones write what was referred to how often, so the same code differs


class Bundle(NamedTuple):
    """`name`: of its file. `modules`: in the order in which they can be run, what a module imports before it. `start`:
    the code that runs it, after the modules are there or could not be had."""

    name: str
    modules: tuple[str, ...]
    start: str


MODULES = (
    "agentgrid", "agentgrid.boundaries", "agentgrid.boundaries.policy", "agentgrid.boundaries.patterns",
    "agentgrid.hooks", "agentgrid.machine", "agentgrid.store", "agentgrid.machine.boot", "agentgrid.store.places",
    "agentgrid.boundaries.policy.in_force_file", "agentgrid.boundaries.patterns.matching",
    "agentgrid.boundaries.patterns.shapes", "agentgrid.boundaries.policy.territory", "agentgrid.boundaries.verdict",
    "agentgrid.hooks.fast_leases", "agentgrid.hooks.fast",
)  # fmt: skip

GUARD = Bundle("guard", MODULES, """\
from agentgrid.hooks.fast import run
run(sys.argv)""")  # fmt: skip

# git is told by the exit code when the guard can't be started; a client has to be told in words.
EDITS = Bundle("edits", (
    *MODULES, "agentgrid.hooks.dialects", "agentgrid.hooks.dialects.fields", "agentgrid.hooks.dialects.patches",
    "agentgrid.hooks.dialects.scanning", "agentgrid.hooks.dialects.names", "agentgrid.hooks.dialects.claude",
    "agentgrid.hooks.dialects.codex", "agentgrid.hooks.dialects.gemini", "agentgrid.hooks.dialects.copilot",
    "agentgrid.hooks.dialects.cursor", "agentgrid.hooks.dialects.opencode", "agentgrid.boundaries.edited_paths",
    "agentgrid.hooks.fast_edit",
), """\
try:
    from agentgrid.hooks.fast_edit import run
except Exception:
    posix.write(2, b"agentgrid: refused: the guard's program is gone or broken; a person reinstalls it\\n")
    posix._exit(2)
run(sys.argv)""")  # fmt: skip

# What the hook gives the interpreter. It never fails: without a bundle it is the plain import.
LOADER = """\
import sys, marshal, posix
sys.path.insert(0, {place!r})
try:
    with open(sys.argv[3] + "/agentgrid/" + {name!r}, "rb") as stream:
        made_by, files, parts = marshal.loads(stream.read())
    if made_by == (sys.version, {place!r}):
        for path, *facts in files:
            found = posix.stat(path)
            if [found.st_mtime_ns, found.st_size] != facts:
                raise ValueError
        for name, file, package, code in parts:
            module = sys.modules[name] = type(sys)(name)
            module.__file__ = file
            module.__spec__ = type(sys.__spec__)(name, None, origin=file, is_package=bool(package))
            if package:
                module.__path__ = [package]
            exec(code, module.__dict__)
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, module)
except Exception:
    for name in [each for each in sys.modules if each.partition(".")[0] == "agentgrid"]:
        del sys.modules[name]
"""


def bundle_name(bundle: Bundle = GUARD) -> str:
    """One for each Python, which may share a repository."""
    return f"{bundle.name}-{sys.implementation.cache_tag}.marshal"


def render_loader(place: str, bundle: Bundle = GUARD) -> str:
    """The loader as one line. `place`: the directory that the package is in."""
    return f"exec({LOADER.format(place=place, name=bundle_name(bundle)) + bundle.start!r})"


def write_bundles(repository: Repository) -> None:
    """Writes the bundles of this installation into the grid's directory."""
    for bundle in (GUARD, EDITS):
        _write(repository, bundle)


def _write(repository: Repository, bundle: Bundle) -> None:
    files, parts = [], []
    for name in bundle.modules:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        facts = Path(spec.origin).stat()
        places = spec.submodule_search_locations
        files.append((spec.origin, facts.st_mtime_ns, facts.st_size))
        code = spec.loader.get_code(name)  # type: ignore[union-attr]
        parts.append((name, spec.origin, places[0] if places else None, code))
    made_by = (sys.version, str(Path(__file__).resolve().parents[2]))
    content = marshal.dumps((made_by, files, parts), MARSHAL_VERSION)
    write_if_changed(grid_directory(repository) / bundle_name(bundle), content)
