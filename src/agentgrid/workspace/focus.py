"""AGENT_FOCUS.md: what an agent reads first in its worktree, and how local files stay out of git's sight.

The file is never in git (seed 003): git's own exclude file, which all worktrees share and nobody commits, hides it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.config.policy import Policy
from agentgrid.machine.files import write_if_changed
from agentgrid.machine.shipped import shipped_directory
from agentgrid.workspace.naming import require_agent

if TYPE_CHECKING:
    from jinja2 import Environment

FOCUS_FILE = "AGENT_FOCUS.md"
_MARKER = "<!-- agentgrid: local to this worktree, never in git -->"
_BLOCK_BEGIN = b"# agentgrid: local files, begin"
_BLOCK_END = b"# agentgrid: local files, end"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def render_focus(policy: Policy, agent_id: str, branch: str) -> str:
    """The text of the agent's focus file (Markdown). Raises InputError when the policy has no such agent."""
    me = require_agent(policy, agent_id)
    others = [agent for agent in policy.agents.values() if agent.id != me.id]
    return (
        _environment(policy)
        .get_template("AGENT_FOCUS.md.j2")
        .render(
            marker=_MARKER,
            grid=policy.grid,
            me=me,
            branch=branch,
            others=others,
            stewards=[agent for agent in others if agent.owns.common],
            landers=[agent.id for agent in others if agent.permissions.land],
        )
    )


def write_focus(worktree: Path, text: str, *, tracked: bool, staging: Path | None = None) -> bool:
    """Writes the focus file, first in `staging`; True when it changed something.

    A file that git tracks (`tracked`), or that something else wrote, stays as it is.
    """
    path = worktree / FOCUS_FILE
    if tracked or _is_foreign(path):
        return False
    return write_if_changed(path, text.encode("utf-8", "surrogateescape"), staging=staging)


def drop_focus(worktree: Path, *, tracked: bool) -> bool:
    """Removes a focus file that agentgrid wrote; True when there was one. Others stay, as for `write_focus`."""
    path = worktree / FOCUS_FILE
    if tracked or _is_foreign(path) or not path.exists():
        return False
    path.unlink()
    return True


def hide_locally(common_dir: Path, patterns: Sequence[str]) -> bool:
    """Hides `patterns` (gitignore) in every worktree through `info/exclude`; True when the file changed.

    They stand in a marked block ahead of what the person wrote there: the person's own lines win.
    """
    path = _exclude_file(common_dir)
    mark, current = _read(path)
    lines = [_BLOCK_BEGIN, *(pattern.encode("utf-8", "surrogateescape") for pattern in patterns), _BLOCK_END]
    return _replace(path, mark + b"\n".join(lines) + b"\n" + _without_block(current))


def hidden_locally(common_dir: Path) -> list[str]:
    """The patterns that `hide_locally` hides at present."""
    _, current = _read(_exclude_file(common_dir))
    _, begin, rest = current.partition(_BLOCK_BEGIN + b"\n")
    inside, end, _ = rest.partition(_BLOCK_END)
    return inside.decode("utf-8", "surrogateescape").split("\n")[:-1] if begin and end else []


def unhide_locally(common_dir: Path) -> bool:
    """Takes the block of `hide_locally` out and leaves every other byte; True when there was one."""
    path = _exclude_file(common_dir)
    mark, current = _read(path)
    rest = _without_block(current)
    return rest != current and _replace(path, mark + rest)


def _environment(policy: Policy) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    services = policy.grid.services

    def place(item: str) -> str:
        """`orders` (`services/orders/**`); a carve-out as: not `src/old/**`."""
        meaning = services.get(item.removeprefix("!"))
        return f"{_quote(item)} ({', '.join(map(_quote, meaning))})" if meaning else _quote(item)

    def paths(item: str) -> Sequence[str]:
        return services.get(item, (item,))

    environment = Environment(
        loader=FileSystemLoader(shipped_directory("templates")),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["place"] = place
    environment.filters["places"] = lambda items: ", ".join(map(place, items))
    environment.filters["paths"] = lambda items: ", ".join(_quote(path) for item in items for path in paths(item))
    environment.filters["one_line"] = lambda text: " ".join(text.split())
    return environment


def _quote(item: str) -> str:
    return f"not `{item[1:]}`" if item.startswith("!") else f"`{item}`"


def _is_foreign(path: Path) -> bool:
    try:
        return not path.read_bytes().startswith(_MARKER.encode())
    except FileNotFoundError:
        return path.is_symlink()  # it points nowhere, but somebody made it
    except OSError:
        return True


def _exclude_file(common_dir: Path) -> Path:
    return (common_dir / "info" / "exclude").resolve()  # a link to a shared file stays a link


def _read(path: Path) -> tuple[bytes, bytes]:
    """The byte order mark, which git knows at the very start only, and what follows it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return b"", b""
    mark = _BYTE_ORDER_MARK if content.startswith(_BYTE_ORDER_MARK) else b""
    return mark, content.removeprefix(mark)


def _replace(path: Path, content: bytes) -> bool:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    return write_if_changed(path, content, mode=mode)


def _without_block(content: bytes) -> bytes:
    """`content` without whole blocks; a begin that never ends is only a comment."""
    kept: list[bytes] = []
    begin: int | None = None
    for line in content.splitlines(keepends=True):
        kept.append(line)
        text = line.strip()
        if text == _BLOCK_BEGIN:
            begin = len(kept) - 1
        elif text == _BLOCK_END and begin is not None:
            del kept[begin:]
            begin = None
    return b"".join(kept)
