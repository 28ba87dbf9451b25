"""lock, unlock, locks, renew: leases on common code, as `git lfs lock` has them for files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import AgentOption, DryRunOption, JsonOption, read_seconds

if TYPE_CHECKING:
    from agentgrid.boundaries.leases.asking import Holder
    from agentgrid.boundaries.leases.locking import LockPlan
    from agentgrid.boundaries.leases.taking import Acquired
    from agentgrid.grid import Grid

PANEL = "Boundaries"


def complete_held(incomplete: str) -> list[str]:
    """Patterns that are locked and begin so; nothing where there is no grid."""
    from agentgrid.boundaries.leases.queries import read_live
    from agentgrid.errors import AgentGridError
    from agentgrid.git.repository import Repository
    from agentgrid.store.opening import open_store

    try:
        with open_store(Repository.discover(Path.cwd()).common_dir).read() as session:
            held = {text for lease in read_live(session) for text in lease.texts}
    except AgentGridError:
        return []
    return sorted(text for text in held if text.startswith(incomplete))


Held = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH…]", help="What is locked: a path, a folder or a pattern.", autocompletion=complete_held
    ),
]
TokenOption = Annotated[int | None, typer.Option("--token", metavar="N", help="The lease with this token.")]


@app.command(rich_help_panel=PANEL)
def lock(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, folders, patterns; all of them or none.")],
    ttl: Annotated[str | None, typer.Option(metavar="TIME", help="Expire after this time without a sign: 30m.")] = None,
    wait: Annotated[str | None, typer.Option(metavar="TIME", help="Queue for it, at most this long: 5m.")] = None,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What for; others see it.")] = "",
    agent: AgentOption = None,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> None:
    """Take a lease on PATH, so that nobody else changes it until your work has landed. Exit code 1 when it is held.

    Examples: `agentgrid lock services/common/cache.py`, `agentgrid lock 'services/common/**' --wait 5m`
    """
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.leases import acquired_as_json, render_acquired

    grid = open_grid()
    holder = _actor(grid, agent)
    plan, notes = _plan(grid, holder, paths, reason, ttl)
    if dry_run:
        _foresee(grid, plan, json=json)
        return
    acquired = _take(grid, plan, wait)
    now = grid.store.now()
    give("lock", lambda: acquired_as_json(acquired, notes, now), lambda: render_acquired(acquired, now), json=json)


@app.command(rich_help_panel=PANEL)
def unlock(
    paths: Held = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that you hold.")] = False,
    token: TokenOption = None,
    force: Annotated[bool, typer.Option("--force", help="Also what others hold; persons only.")] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the holder is told.")] = "",
    agent: AgentOption = None,
    json: JsonOption = False,
) -> None:
    """Give leases back. A person may take others' away with `--force --reason`; it is logged, and they are told.

    Examples: `agentgrid unlock services/common/cache.py`, `agentgrid unlock --all`,
    `agentgrid unlock --force --reason "a2 is on holiday" services/common/cache.py`
    """
    from agentgrid.boundaries.leases.asked_paths import read_asked
    from agentgrid.boundaries.leases.release import force as force_release
    from agentgrid.boundaries.leases.release import unlock as release
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.errors import UsageError
    from agentgrid.render.leases import dropped_as_json, render_dropped
    from agentgrid.workspace.acting import require_person

    if bool(paths) + everything + (token is not None) != 1:
        raise UsageError("name what to unlock: PATH…, --all or --token N", hint="agentgrid locks")
    if force and (everything or not reason.strip()):
        raise UsageError("--force takes a lease away: name PATH… or --token N, and say why with --reason")
    grid = open_grid()
    holder = _actor(grid, agent)
    asked = [read_asked(grid.repository, path) for path in paths or ()]
    if force:
        require_person(grid.repository, "take leases away from others")
        drops = force_release(grid.store, _person(), asked, token=token, reason=reason)
    else:
        drops = release(grid.store, holder.name, asked, token=token, everything=everything)
    give("unlock", lambda: dropped_as_json(drops), lambda: render_dropped(drops), json=json)


@app.command(rich_help_panel=PANEL)
def locks(paths: Held = None, agent: AgentOption = None, json: JsonOption = False) -> None:
    """Who has a lease on what, since when and until when; with PATH, only what meets it.

    Examples: `agentgrid locks`, `agentgrid locks services/common`, `agentgrid locks --agent a2 --json`
    """
    from agentgrid.boundaries.leases.asked_paths import read_asked
    from agentgrid.boundaries.leases.views import list_leases
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.leases import render_leases

    grid = open_grid()
    asked = [pattern for path in paths or () for pattern in read_asked(grid.repository, path).patterns]
    holder = agent if agent is None or agent.startswith("@") else grid.acting_agent(agent)
    views = list_leases(grid.leases, holder=holder, asked=asked)
    give("locks", lambda: [view.as_json() for view in views], lambda: render_leases(views), json=json)


@app.command(rich_help_panel=PANEL)
def renew(
    token: TokenOption = None,
    _everything: Annotated[bool, typer.Option("--all", help="Every lease that you hold; the default.")] = False,
    agent: AgentOption = None,
    json: JsonOption = False,
) -> None:
    """Keep leases alive. Every command and hook of the holder does so by itself when it is time.

    Examples: `agentgrid renew`, `agentgrid renew --token 12`
    """
    from agentgrid.boundaries.leases.renewal import renew as renew_leases
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.render.leases import render_renewed, renewed_as_json

    grid = open_grid()
    renewed = renew_leases(grid.store, _actor(grid, agent).name, token)
    now = grid.store.now()
    give("renew", lambda: renewed_as_json(renewed, now), lambda: render_renewed(renewed, now), json=json)


def _actor(grid: "Grid", named: str | None) -> "Holder":
    """Who acts."""
    from agentgrid.boundaries.leases.holders import make_holder, require_actor

    here = grid.acting_agent()
    require_actor(grid.repository, here, named)
    return make_holder(grid.repository, grid.acting_agent(named) if named else here)


def _person() -> str:
    from agentgrid.boundaries.leases.holders import person_name

    return person_name()


def _plan(
    grid: "Grid", holder: "Holder", paths: list[str], reason: str, ttl: str | None
) -> "tuple[LockPlan, list[str]]":
    """The request, and what the asker should know: both are told before anything is taken."""
    from agentgrid.boundaries.leases.asked_paths import read_asked
    from agentgrid.boundaries.leases.locking import changed_on_base, plan_lock
    from agentgrid.render.streams import note

    asked = [read_asked(grid.repository, path) for path in paths]
    plan = plan_lock(grid.territory, holder, asked, reason=reason, ttl_ms=_ms("--ttl", ttl))
    notes = list(plan.notes)
    if not holder.name.startswith("@"):
        notes += changed_on_base(grid.repository, holder.name, grid.base_oid, plan.request.patterns)
    for each in notes:
        note(f"note: {each}")
    return plan, notes


def _foresee(grid: "Grid", plan: "LockPlan", *, json: bool) -> None:
    from agentgrid.boundaries.leases.asking import Refusals
    from agentgrid.boundaries.leases.refusals import lease_held
    from agentgrid.cli.answers import give
    from agentgrid.render.leases import foreseen_as_json, render_foreseen

    foreseen = grid.leases.foresee(plan.request)
    if isinstance(foreseen, Refusals):
        raise lease_held(foreseen, plan.request, grid.store.now())
    patterns = [each.text for each in plan.request.patterns]
    give(
        "lock-plan",
        lambda: foreseen_as_json(foreseen, patterns),
        lambda: render_foreseen(foreseen, patterns),
        json=json,
    )


def _take(grid: "Grid", plan: "LockPlan", wait: str | None) -> "Acquired":
    from agentgrid.render.leases import WaitingLine

    wait_ms = _ms("--wait", wait)
    if wait_ms is None:
        return grid.leases.acquire(plan.request)
    from agentgrid.boundaries.leases.waiting import wait_for_lease

    line = WaitingLine()
    try:
        return wait_for_lease(grid.leases, plan.request, wait_ms=wait_ms, report=line.show)
    finally:
        line.clear()


def _ms(option: str, text: str | None) -> int | None:
    """A time as people write it, in milliseconds. Raises UsageError."""
    seconds = read_seconds(option, text)
    return None if seconds is None else int(seconds * 1000)
