"""One side's modules as griffe sees them: read from a directory of their own, never imported."""

import logging
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.integration.common_code.naming import ModuleName

if TYPE_CHECKING:
    import griffe

logging.getLogger("griffe").addHandler(logging.NullHandler())  # else what it can't resolve lands on stderr


@dataclass(frozen=True)
class Loaded:
    """`tops`: (root, name) → the outermost module. `files`: where it was read from → path in the repository."""

    tops: "Mapping[tuple[bytes, str], griffe.Module]"
    files: Mapping[str, bytes]


def load_side(directory: Path, side: Mapping[bytes, str], names: Mapping[bytes, ModuleName]) -> Loaded:
    """Writes the modules of one side below `directory`, and reads them."""
    import griffe

    roots = {
        root: directory / str(number) for number, root in enumerate(sorted({each.root for each in names.values()}))
    }
    files = {str(_write(roots[names[path].root], names[path], text)): path for path, text in side.items()}
    unsaid = _complete(roots.values())
    tops = sorted({(names[path].root, names[path].parts[0]) for path in side})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaders = {root: _loader([place, *(each for each in (*unsaid, *roots.values()) if each != place)])
                   for root, place in roots.items()}  # fmt: skip
        found = {(root, name): loaders[root].load(name, try_relative_path=False) for root, name in tops}
        for loader in loaders.values():
            loader.resolve_aliases(implicit=False, external=True)
    return Loaded({key: module for key, module in found.items() if isinstance(module, griffe.Module)}, files)


def _loader(places: list[Path]) -> "griffe.GriffeLoader":
    """Modules of one name below two roots are two modules: a loader knows one root, and where else to look."""
    import griffe

    return griffe.GriffeLoader(search_paths=places, allow_inspection=False, store_source=False)


def _write(root: Path, name: ModuleName, text: str) -> Path:
    folders = name.parts if name.is_package else name.parts[:-1]
    file = root.joinpath(*folders, "__init__.py" if name.is_package else f"{name.parts[-1]}.py")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", errors="surrogatepass", newline="\n")
    return file


def _complete(roots: Iterable[Path]) -> list[Path]:
    """Makes packages of folders that are none, so that all in them is found; the outermost of those, which may be on
    the import path themselves (`from common import …` for services/common)."""
    outermost = []
    for root in roots:
        for folder in sorted(path for path in root.rglob("*") if path.is_dir()):
            if not (folder / "__init__.py").exists():
                (folder / "__init__.py").touch()
                if folder.parent == root:
                    outermost.append(folder)
    return outermost
