"""Which policy is in force, and why: the base's, one a person put in force here, or the main worktree's copies.

The files as committed on the base branch are the policy everywhere. Before their first commit the main worktree's
copies count. A person may put an unlanded policy in force on this machine until the base contains it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentgrid import __version__
from agentgrid.config.documents import parse_document
from agentgrid.config.places import grid_directory
from agentgrid.config.policy import (
    GRID_FILE,
    Policy,
    PolicyFiles,
    agents_directory,
    parse_policy,
    read_directory,
    read_tree,
)
from agentgrid.errors import ConfigError, ConfigProblem, InputError
from agentgrid.git.base_ref import Base, find_default_branch, resolve_base
from agentgrid.git.repository import Repository
from agentgrid.git.settings import read_setting
from agentgrid.machine.files import write_atomically

BASE_SETTING = "agentgrid.base"


@dataclass(frozen=True)
class InForce:
    """`source`: `base`, `applied` or `main-worktree`. `oid`: the commit the files come from, None when from disk.
    `watched`: files on disk whose change may change the answer. `notices`: lines that a person should see."""

    policy: Policy
    source: str
    base: Base
    oid: str | None
    watched: tuple[str, ...]
    notices: tuple[str, ...] = field(default=())


def staging_directory(repository: Repository) -> Path:
    """Where files for people's work trees are written before they are moved there."""
    return grid_directory(repository) / "staging"


def find_in_force(repository: Repository, *, base: str | None = None) -> InForce:
    """The policy in force.

    `base`: a ref named by the caller (CI), which is then both base and source; nothing of this machine counts.
    Raises InputError when the repository is no grid, ConfigError when the policy is broken.
    """
    if base is not None:
        return _from_named_base(repository, base)
    found = find_base(repository)
    committed = read_tree(repository.git, found.oid)
    watched = [
        str(repository.common_dir / "config"),
        str(applied_file(repository)),
        str(local_agents_directory(repository)),
        *map(str, local_agent_files(repository)),
    ]
    notices = [found.warning] if found.warning else []
    applied = _read_applied(repository, found, committed)
    if applied is not None:
        notices.append("a policy that is not on the base is in force on this machine (`agentgrid policy show`)")
        return InForce(
            parse_policy(with_local_agents(repository, applied)),
            "applied",
            found,
            None,
            tuple(watched),
            tuple(notices),
        )
    if committed is not None:
        if _wants_newer(committed):
            return _last_good(repository, found, watched, notices, committed)
        policy = parse_policy(with_local_agents(repository, committed))
        remember_good(repository, found.oid)
        return InForce(policy, "base", found, found.oid, tuple(watched), tuple(notices))
    return _from_main_worktree(repository, found, watched, notices)


def find_base(repository: Repository) -> Base:
    """The base of this repository's grid: as `init` recorded it, else as the files say, else the default branch."""
    recorded = read_setting(repository.common_dir, BASE_SETTING)  # not `git -c`, nor a worktree's own configuration
    if recorded:
        return resolve_base(repository, recorded)
    on_disk = repository.main_worktree and read_directory(repository.main_worktree)
    if on_disk and not repository.resolve("HEAD"):
        return resolve_base(repository, _base_named_in(on_disk) or "main")
    default = find_default_branch(repository)
    if default is None:
        default = (on_disk and _base_named_in(on_disk)) or repository.current_branch() or "main"
    found = resolve_base(repository, default)
    committed = read_tree(repository.git, found.oid)
    named = _base_named_in(committed or on_disk or PolicyFiles(b""))
    if not named or named == found.branch:
        return found
    base = resolve_base(repository, named)
    return replace(base, refs=(*base.refs, *found.refs))  # what led there may move too


def applied_file(repository: Repository) -> Path:
    """One file, so that a reader sees the whole policy or none of it."""
    return grid_directory(repository) / "policy" / "applied.json"


def local_agents_directory(repository: Repository) -> Path:
    """Profiles of agents that exist on this machine alone (`agent add --local`)."""
    return grid_directory(repository) / "local-agents"


def apply_policy(repository: Repository, files: PolicyFiles, base: Base) -> Policy:
    """Puts `files` in force on this machine until the base contains them. Raises ConfigError when they are broken."""
    policy = parse_policy(_require_version(files))
    texts = {name: content.decode() for name, content in ((GRID_FILE, files.grid), *files.agents.items())}
    record = {"base": base.oid, "files": texts}
    write_atomically(applied_file(repository), json.dumps(record).encode())
    return policy


def withdraw_applied(repository: Repository) -> bool:
    """Ends what `apply_policy` began; True when there was something to end."""
    try:
        applied_file(repository).unlink()
    except FileNotFoundError:
        return False
    return True


def remember_good(repository: Repository, oid: str) -> None:
    """Records the commit whose policy was read without complaint, for the day the base wants a newer program."""
    record = grid_directory(repository) / "policy" / "last-good"
    if grid_directory(repository).is_dir() and (not record.is_file() or record.read_text() != oid):
        write_atomically(record, oid.encode())


def _from_named_base(repository: Repository, ref: str) -> InForce:
    oid = repository.require(ref)
    files = read_tree(repository.git, oid)
    if files is None:
        raise InputError(f"{ref} has no {GRID_FILE}", hint="`agentgrid init`, then commit its files to the base")
    policy = parse_policy(_require_version(files))
    base = Base(policy.grid.base, ref, oid, ())
    return InForce(policy, "base", base, oid, ())


def _from_main_worktree(repository: Repository, base: Base, watched: Sequence[str], notices: Sequence[str]) -> InForce:
    root = repository.main_worktree
    files = read_directory(root) if root else None
    if root is None or files is None:
        raise InputError(
            f"no grid here: {base.branch} has no {GRID_FILE}",
            hint="`agentgrid init` makes one and shows it first",
        )
    policy = parse_policy(with_local_agents(repository, _require_version(files)))
    directory = agents_directory(files.grid)
    on_disk = [
        root / GRID_FILE,
        *([root / directory] if directory else []),
        *(root / name for name in files.agents),
    ]
    notice = f"{GRID_FILE} is not committed on {base.branch} yet; the main worktree's copy counts until it is"
    return InForce(policy, "main-worktree", base, None, (*watched, *map(str, on_disk)), (*notices, notice))


def _read_applied(repository: Repository, base: Base, committed: PolicyFiles | None) -> PolicyFiles | None:
    try:
        record = json.loads(applied_file(repository).read_bytes())
        texts = {name: text.encode() for name, text in record["files"].items()}
        files, since = PolicyFiles(texts.pop(GRID_FILE), texts), record["base"]
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:  # a crash of the machine may leave it empty
        problem = ConfigProblem(str(applied_file(repository)), None, "", "is not what `policy apply` writes")
        raise ConfigError([problem], hint="delete it, or write it anew: agentgrid policy apply") from error
    if _has_landed(repository, files.key, since, base, committed):
        withdraw_applied(repository)
        return None
    return files


def _has_landed(repository: Repository, key: str, since: str, base: Base, committed: PolicyFiles | None) -> bool:
    """Whether any commit of the base since then had exactly these files."""
    if committed is not None and committed.key == key:
        return True
    if since == base.oid or repository.resolve(since) is None:
        return False
    touching = repository.git.text("rev-list", f"{since}..{base.oid}", "--", GRID_FILE, "*.yaml", "*.yml").split()
    return any((files := read_tree(repository.git, oid)) is not None and files.key == key for oid in touching)


def local_agent_files(repository: Repository) -> list[Path]:
    return sorted(local_agents_directory(repository).glob("*.yaml"))


def with_local_agents(repository: Repository, files: PolicyFiles) -> PolicyFiles:
    """`files` and the profiles of this machine's own agents."""
    directory = local_agents_directory(repository)
    local = {f"{directory.name}/{path.name}": path.read_bytes() for path in local_agent_files(repository)}
    return replace(files, agents={**files.agents, **local}) if local else files


def _last_good(
    repository: Repository, base: Base, watched: Sequence[str], notices: Sequence[str], newest: PolicyFiles
) -> InForce:
    record = grid_directory(repository) / "policy" / "last-good"
    oid = repository.resolve(record.read_text()) if record.is_file() else None
    files = read_tree(repository.git, oid) if oid else None
    if oid is None or files is None or _wants_newer(files):
        _require_version(newest)
    assert files is not None
    notice = (
        f"{base.branch} asks for agentgrid {_requirement(newest)} and this is {__version__}: the policy of "
        f"{(oid or '')[:10]} stays in force; upgrade with `pip install -U agentgrid-cli`"
    )
    policy = parse_policy(with_local_agents(repository, files))
    return InForce(policy, "base", base, oid, tuple(watched), (*notices, notice))


def _requirement(files: PolicyFiles) -> str | None:
    value = parse_document(GRID_FILE, files.grid).value
    requires = value.get("requires") if isinstance(value, dict) else None
    return requires if isinstance(requires, str) else None


def _wants_newer(files: PolicyFiles) -> bool:
    wanted = re.fullmatch(r">=\s*(\d+(?:\.\d+)*)", _requirement(files) or "")
    return wanted is not None and _numbers(wanted[1]) > _numbers(__version__)


def _require_version(files: PolicyFiles) -> PolicyFiles:
    if _wants_newer(files):
        line = parse_document(GRID_FILE, files.grid).line_of(("requires",))
        raise ConfigError(
            [
                ConfigProblem(
                    GRID_FILE,
                    line,
                    "requires",
                    f"this is agentgrid {__version__}",
                    accepted=_requirement(files),
                )
            ],
            hint="pip install -U agentgrid-cli",
        )
    return files


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _base_named_in(files: PolicyFiles) -> str | None:
    value = parse_document(GRID_FILE, files.grid).value
    named = value.get("base", "main") if isinstance(value, dict) and value else None
    return named if isinstance(named, str) else None
