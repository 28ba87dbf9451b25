"""owner, can-edit, check, map: whose a path is, and what may be changed."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from agentgrid.cli.app import app
from agentgrid.cli.check_formats import Format, give_report
from agentgrid.cli.options import AgentOption, JsonOption

PANEL = "Boundaries"
Paths = Annotated[list[str], typer.Argument(metavar="PATH…", help="Files or folders; they need not exist.")]


@app.command(rich_help_panel=PANEL)
def owner(paths: Paths, json: JsonOption = False) -> None:
    """Who owns PATH, and by which rule, file and line (as `git check-ignore -v`).

    Example: `agentgrid owner services/api/app.py`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.render.envelope import render_answer
    from agentgrid.render.ownership import render_owners
    from agentgrid.render.streams import answer

    found = open_grid().owners(paths)
    answer(render_answer("owner", [each.as_json() for each in found]) if json else render_owners(found))


@app.command("can-edit", rich_help_panel=PANEL)
def can_edit(paths: Paths, agent: AgentOption = None, json: JsonOption = False) -> int:
    """May the agent change PATH? Exit code 1 when it may not.

    Example: `agentgrid can-edit --agent a2 services/api/app.py`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.render.envelope import render_answer
    from agentgrid.render.ownership import render_verdicts
    from agentgrid.render.streams import answer

    verdicts = open_grid().can_edit(paths, agent=agent)
    answer(render_answer("can-edit", [each.as_json() for each in verdicts]) if json else render_verdicts(verdicts))
    return 0 if all(verdict.is_allowed for verdict in verdicts) else 1


@app.command(rich_help_panel=PANEL)
def check(
    staged: Annotated[bool, typer.Option("--staged", help="Check the index as the next commit.")] = False,
    base: Annotated[
        str | None, typer.Option(metavar="REF", help="Compare with REF; its committed policy counts, as in CI.")
    ] = None,
    head: Annotated[str | None, typer.Option(metavar="REF", help="The commit to check; HEAD without it.")] = None,
    agent: AgentOption = None,
    ci: Annotated[
        bool,
        typer.Option("--ci", help="Take base, head and branch from the CI server that runs this (GitHub, GitLab)."),
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="How to answer.")] = "text",
    json: JsonOption = False,
) -> int:
    """Check a change set as the hooks and CI do. Exit code 1 when it breaks a rule.

    Examples: `agentgrid check --staged`, `agentgrid check --base origin/main --head HEAD --agent a2`,
    `agentgrid check --ci --format github`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.errors import UsageError
    from agentgrid.git.ci_run import read_ci_run
    from agentgrid.render.streams import note

    if staged and (ci or base is not None or head not in {None, "HEAD"}):
        raise UsageError("--staged checks the index; it doesn't go with --base, --head or --ci")
    grid = open_grid()
    if staged:
        report = grid.check_staged(agent=agent)
    elif ci:
        report = grid.check_run(read_ci_run(os.environ), agent=agent, base=base, head=head)
    else:
        report = grid.check(agent=agent, base=base, head=head or "HEAD")
    for notice in report.notices:
        note(f"agentgrid: {notice}")
    give_report(report, "json" if json else output)
    return 1 if report.errors else 0


@app.command("map", rich_help_panel=PANEL)
def show_map(
    tree: Annotated[bool, typer.Option("--tree", help="Folder by folder.")] = False,
    share: Annotated[bool, typer.Option("--share", help="Shares only.")] = False,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only the paths that nobody owns.")] = False,
    revision: Annotated[str | None, typer.Option("--at", metavar="REV", help="Over this tree, not the base's.")] = None,
    export: Annotated[
        Literal["codeowners"] | None, typer.Option("--export", help="Print it as a CODEOWNERS file.")
    ] = None,
    owners_file: Annotated[
        Path | None,
        typer.Option("--import", metavar="FILE", help="Write agents' files from a CODEOWNERS file, or a folder's."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="With --import: write nothing.")] = False,
    json: JsonOption = False,
) -> int:
    """The ownership map over the real tree: shares, risk, overlaps, holes, rules that match nothing.

    Exit code 1 when two agents claim one path, or when an import leaves something to do by hand.

    Examples: `agentgrid map`, `agentgrid map --tree`, `agentgrid map --export codeowners > .github/CODEOWNERS`,
    `agentgrid map --import .github/CODEOWNERS --dry-run`
    """
    from agentgrid.cli.answers import open_grid
    from agentgrid.render.envelope import render_answer
    from agentgrid.render.ownership_map import render_map
    from agentgrid.render.streams import answer

    if export or owners_file or dry_run:
        _refuse_views(export, owners_file, views=tree or share or unowned or revision is not None, dry_run=dry_run)
        return _import_owners(owners_file, dry_run=dry_run, json=json) if owners_file else _export_owners(json=json)
    grid = open_grid()
    drawn = grid.map(revision)
    risks = {} if share or unowned or tree else grid.risks(drawn)
    if json:
        risk_json = {agent: {"level": risk.level, "reason": risk.reason} for agent, risk in risks.items()}
        answer(render_answer("map", {**drawn.as_json(), "risk": risk_json}))
    else:
        what = "tree" if tree else "unowned" if unowned else "share" if share else "all"
        answer(render_map(drawn, risks, what=what))
    return 1 if drawn.overlaps else 0


def _refuse_views(export: str | None, owners_file: Path | None, *, views: bool, dry_run: bool) -> None:
    from agentgrid.errors import UsageError

    if export and owners_file:
        raise UsageError("--export and --import are two commands")
    if views:
        raise UsageError("--export and --import don't go with --tree, --share, --unowned or --at")
    if dry_run and not owners_file:
        raise UsageError("--dry-run goes with --import; the map changes nothing")


def _export_owners(*, json: bool) -> int:
    from agentgrid.cli.answers import give, open_grid

    made = open_grid().export_codeowners()
    give("codeowners", made.as_json, made.text.rstrip, json=json)
    return 0


def _import_owners(file: Path, *, dry_run: bool, json: bool) -> int:
    from agentgrid.cli.answers import give, open_grid
    from agentgrid.onboarding.owners_import import plan_import, write_import
    from agentgrid.render.codeowners import render_import

    repository = open_grid().repository
    plan = plan_import(repository, file)
    if not dry_run:
        write_import(repository, plan)
    noun = "codeowners-import-plan" if dry_run else "codeowners-import"
    give(noun, plan.as_json, lambda: render_import(plan, is_planned=dry_run), json=json)
    return 1 if plan.left and not dry_run else 0
