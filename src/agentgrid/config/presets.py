"""The shipped presets: whole policies with a title, one folder each, ready to be written to a repository.

A folder holds `agentgrid.yaml`, one file per agent, and `preset.yaml`, which only describes the preset.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from agentgrid.config.documents import parse_document
from agentgrid.config.policy import GRID_FILE, PolicyFiles
from agentgrid.config.problems import nearest, validate_model
from agentgrid.config.schema import AgentId, Model
from agentgrid.errors import ConfigError, InputError
from agentgrid.machine.shipped import shipped_directory

PRESET_FILE = "preset.yaml"
AGENTS_DIRECTORY = "config/agents"


@dataclass(frozen=True, slots=True)
class Preset:
    """A shipped policy. `seed`: the specification document it follows, None when it follows none.

    `files`: the policy as the user's repository will have it. `topics`: agent → topic of its first branch.
    """

    name: str
    title: str
    summary: str
    seed: str | None
    files: PolicyFiles
    topics: Mapping[str, str]


class _Description(Model):
    """`preset.yaml`."""

    title: str
    summary: str
    seed: str | None = None
    topics: dict[AgentId, str] = Field(default_factory=dict)


def list_presets() -> list[Preset]:
    """Every shipped preset, by name."""
    return [_read(folder) for folder in _folders().values()]


def load_preset(name: str) -> Preset:
    """The preset of that name. Raises InputError, with the known names and the nearest, when there is none."""
    folders = _folders()
    if name in folders:
        return _read(folders[name])
    known = list(folders)
    guess = nearest(name, known)
    raise InputError(
        f"there is no preset {name!r} (shipped: {', '.join(known)})",
        hint=f"did you mean `{guess}`?" if guess else "without --preset, init looks at the tree and proposes a split",
        details={"preset": name, "known": known},
    )


def _folders() -> dict[str, Path]:
    root = shipped_directory(AGENTS_DIRECTORY)
    return {folder.name: folder for folder in sorted(root.iterdir()) if (folder / PRESET_FILE).is_file()}


def _read(folder: Path) -> Preset:
    content = {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
    described = _describe(folder.name, content.pop(PRESET_FILE))
    grid = content.pop(GRID_FILE)
    agents = {f"{AGENTS_DIRECTORY}/{name}": text for name, text in content.items()}
    files = PolicyFiles(grid, agents)
    return Preset(folder.name, described.title, described.summary, described.seed, files, described.topics)


def _describe(preset: str, content: bytes) -> _Description:
    document = parse_document(f"{preset}/{PRESET_FILE}", content)
    described = validate_model(_Description, document)
    if isinstance(described, list):
        raise ConfigError(described)
    return described
