"""deps check, standardize: versions of other people's packages over all services and agents."""

from typing import TYPE_CHECKING, Annotated

import typer

from agentgrid.cli.app import app
from agentgrid.cli.options import DryRunOption, JsonOption

if TYPE_CHECKING:
    from agentgrid.grid import Grid

group = typer.Typer(
    no_args_is_help=True, help="Dependencies: compare the versions that services ask for, make them one."
)
app.add_typer(group, name="deps", rich_help_panel="Integration")

_ECOSYSTEMS = ("python", "npm", "cargo", "go")


def _complete_package(incomplete: str) -> list[str]:
    """Packages that the base's manifests name; nothing where there is no grid."""
    from agentgrid.errors import AgentGridError

    try:
        found = _open().integration.dependencies.packages()
    except AgentGridError:
        return []
    return [name for name in found if name.startswith(incomplete)]


EcosystemOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only python, npm, cargo or go.", autocompletion=lambda: list(_ECOSYSTEMS)),
]


@group.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]…", help="Only these packages.", autocompletion=_complete_package),
    ] = None,
    base_only: Annotated[bool, typer.Option("--base-only", help="Without agents' work.")] = False,
    committed_only: Annotated[
        bool, typer.Option("--committed-only", help="Leave out what is not committed yet.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Packages that services ask for at different versions, who asks and which agent brings it in, whether one version
    would do for all, and lock files that disagree.

    Reads the base, and over it what agents changed, uncommitted work too: requirements files, pyproject.toml,
    package.json, go.mod, Cargo.toml and their lock files. Nothing is downloaded. Exit code 1 when no version would do
    for all, a lock file disagrees, or something can't be read; different constraints that one version satisfies are a
    warning and leave it at 0.

    Examples: `agentgrid deps check`, `agentgrid deps check fastapi --json`, `agentgrid deps check --base-only`
    """
    from agentgrid.cli.answers import give
    from agentgrid.errors import UsageError
    from agentgrid.render.conflicts.screen import Progressing
    from agentgrid.render.dependencies import render_report, report_as_json

    if base_only and committed_only:
        raise UsageError("--base-only leaves agents' work out already; without --committed-only")
    book = _open().integration.dependencies
    with Progressing() as progressing:
        report = book.check(names or (), base_only=base_only, committed_only=committed_only, progress=progressing.show)
    services = book.services
    give(
        "deps-check", lambda: report_as_json(report, services.of), lambda: render_report(report, services.of), json=json
    )
    return 0 if report.is_clean else 1


@group.command()
def standardize(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME[==SPEC]]…",
            help="Packages; without SPEC the newest in use.",
            autocompletion=_complete_package,
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every package with different constraints.")] = False,
    ecosystem: EcosystemOption = None,
    split: Annotated[
        bool, typer.Option("--split", help="Each manifest in its owner's worktree, or as a patch for the owner.")
    ] = False,
    dry_run: DryRunOption = False,
    json: JsonOption = False,
) -> int:
    """Bring packages to one constraint in every manifest: the version text changes, every other byte stays.

    Writes into this worktree and commits nothing; refuses where a manifest has uncommitted changes. An agent writes
    what the map lets it; the rest is told, or goes to the owners with `--split`. SPEC is written as the manifest
    writes it. Lock files are not touched: it says what has to be regenerated. Exit code 1 when something stays
    different.

    Examples: `agentgrid deps standardize fastapi`, `agentgrid deps standardize 'fastapi==0.111.*' --dry-run`,
    `agentgrid deps standardize --all --split`
    """
    from agentgrid.cli.answers import give
    from agentgrid.errors import UsageError
    from agentgrid.integration.dependencies.book import Wish
    from agentgrid.render.conflicts.screen import Progressing
    from agentgrid.render.dependencies import render_standardized, standardized_as_json

    if bool(names) == every:
        raise UsageError("name packages, or --all", hint="agentgrid deps check shows which differ")
    if ecosystem not in {None, *_ECOSYSTEMS}:
        raise UsageError(f"--ecosystem {ecosystem} is not known", hint=f"accepted: {', '.join(_ECOSYSTEMS)}")
    wish = Wish(tuple(names or ()), every, ecosystem, split, dry_run)
    with Progressing() as progressing:
        done = _open().integration.dependencies.standardize(wish, progress=progressing.show)
    give("deps-standardize", lambda: standardized_as_json(done), lambda: render_standardized(done), json=json)
    return 0 if done.is_whole else 1


def _open() -> "Grid":
    from agentgrid.cli.answers import open_grid

    return open_grid()
