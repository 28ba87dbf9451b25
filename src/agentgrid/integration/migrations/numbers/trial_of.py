"""A lineage's new migrations as a trial: from trees of git to files, names and what can be taken back."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.boundaries.policy.compiled import lineage_prefix
from agentgrid.config.schema import Lineage
from agentgrid.git.process import Git
from agentgrid.integration.migrations.numbers.lineage_tree import unpack_tree
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.integration.migrations.styles.chain import Chain, Entry, Style
from agentgrid.integration.migrations.trying.trial import Trial, TrialReport

_PREFIX = "agentgrid-trial-"


@dataclass(frozen=True)
class Trier:
    """Tries migrations. `database`: gives the URL of a PostgreSQL server for a lineage, None where there is none.
    `environment`: for programs that are started. `root`: where interpreters are looked for. `report(who, what)`."""

    git: Git
    database: Callable[[Lineage], str | None]
    report: Callable[[str, str], None]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    root: Path | None = None

    def try_tree(
        self,
        tree: str,
        name: str,
        lineage: Lineage,
        style: Style,
        chain: Chain,
        placed: tuple[PlacedRequest, ...],
        reversible: frozenset[str],
    ) -> TrialReport:
        """Runs the lineage of `tree` (`chain`), in which `placed` are new. `reversible`: ids of requests that can be
        taken back. Raises as `try_migrations`."""
        from agentgrid.integration.migrations.trying.running import try_migrations

        folder = lineage_prefix(lineage.path)
        new = {each.path.removeprefix(folder): each.id for each in placed}
        entries = [each for each in chain.entries if not each.is_provisional]
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as directory:
            place = Path(directory).resolve()
            unpack_tree(self.git, tree, place, [os.fsdecode(folder)] if style.name.startswith("sql") and folder else [])
            trial = Trial(
                place,
                name,
                lineage,
                tuple(_named(each, style) for each in entries if each.files[0] not in new),
                tuple(_named(each, style) for each in entries if each.files[0] in new),
                frozenset(_named(each, style) for each in entries if new.get(each.files[0]) in reversible),
                self.database(lineage),
                self.environment,
                root=self.root,
            )
            return try_migrations(trial, self.report)


def _named(entry: Entry, style: Style) -> str:
    """As a trial names it: a file, a Django name, an Alembic revision."""
    main = entry.files[0].decode("utf-8", "surrogateescape")
    if style.name == "django":
        return main.rpartition("/")[2].removesuffix(".py")
    return entry.key if style.name == "alembic" else main
