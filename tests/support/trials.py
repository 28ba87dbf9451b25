"""Lineages in a directory, to be tried on scratch databases."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from agentgrid.config.schema import Lineage
from agentgrid.integration.migrations.trying.running import try_migrations
from agentgrid.integration.migrations.trying.trial import Trial, TrialReport

PLACE = "db/migrations"


class Lines:
    """A lineage below `tree`: its files, and trials of them."""

    def __init__(self, tree: Path, **settings: Any) -> None:
        self.tree = tree
        self.settings: dict[str, Any] = {"path": PLACE, "dialect": "sqlite", **settings}
        self.told: list[str] = []

    def write(self, **files: str) -> "Lines":
        """`_0001_users="…"` becomes `0001_users.sql`; a name with a dot stays as it is."""
        for name, text in files.items():
            own = name[1:] if name.startswith("_") and name[1].isdigit() else name
            self.write_file(f"{self.settings['path']}/{own if '.' in own else own + '.sql'}", text)
        return self

    def write_file(self, path: str, text: str) -> None:
        file = self.tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def trial(self, known: Iterable[str], new: Iterable[str], *, back: Iterable[str] = (), **options: Any) -> Trial:
        return Trial(
            self.tree,
            "main",
            Lineage.model_validate(self.settings),
            tuple(known),
            tuple(new),
            frozenset(back),
            **options,
        )

    def attempt(
        self, known: Iterable[str], new: Iterable[str], *, back: Iterable[str] = (), **options: Any
    ) -> TrialReport:
        return try_migrations(self.trial(known, new, back=back, **options), lambda _, text: self.told.append(text))
