"""What a branch brings to each lineage when it comes onto a tip: the numbered tree, tried on scratch databases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.migrations.evidence import read_evidence
from agentgrid.boundaries.migrations.lineages import NEWEST_FILE
from agentgrid.boundaries.migrations.request import MigrationRequest
from agentgrid.boundaries.policy.compiled import lineage_prefix
from agentgrid.config.schema import Lineage
from agentgrid.errors import InputError, MigrationFails
from agentgrid.git.commit_messages import list_messages
from agentgrid.git.process import Git
from agentgrid.integration.migrations.numbers.lineage_tree import read_lineage, write_lineage
from agentgrid.integration.migrations.numbers.numbering import (
    Arriving,
    Hindrance,
    Numbering,
    Objection,
    decide_numbering,
)
from agentgrid.integration.migrations.numbers.placed import PlacedRequest
from agentgrid.integration.migrations.numbers.trial_of import Trier
from agentgrid.integration.migrations.styles.registry import style_for


@dataclass(frozen=True)
class Brought:
    """`tree`: what it is with the numbers. `placed`: all that the queue brings, also what had its right number already.
    `notes`: what scratch databases couldn't be asked."""

    tree: str
    placed: tuple[PlacedRequest, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bringing:
    """`lineages`: of the policy. `requests`: all there are, by id. `trier` None tries nothing (a plan). `base`: the
    commit that `requests` speak of; what a tip has on top of it was integrated by the same train."""

    git: Git
    lineages: Mapping[str, Lineage]
    requests: Mapping[str, MigrationRequest]
    trier: Trier | None = None
    base: str | None = None

    def settles(self, path: bytes) -> bool:
        """Whether numbering writes that file anew, so that a conflict in it is none."""
        return any(path == lineage_prefix(each.path) + NEWEST_FILE for each in self.lineages.values())

    def bring(self, tip: str, tree: str, branch: str, hindrance: Hindrance) -> Brought | Objection:
        """`tree`: `tip` with the branch merged in."""
        done, here = Brought(tree), replace(self, requests=self._as_of(tip))
        for name in self.lineages:
            found = here.bring_one(name, tip, done, branch, hindrance)
            if isinstance(found, Objection):
                return found
            done = found
        return done

    def bring_one(self, name: str, tip: str, done: Brought, branch: str, hindrance: Hindrance) -> Brought | Objection:
        """The same for one lineage, on top of what was `done` for others."""
        lineage = self.lineages[name]
        style = style_for(lineage.style)
        if self._is_same(tip, done.tree, lineage):
            return done
        try:
            known = read_lineage(self.git, tip, lineage.path, style)
            there = read_lineage(self.git, done.tree, lineage.path, style)
            brought = {file: content for file, content in there.items() if file not in known}
            arriving = Arriving(name, lineage_prefix(lineage.path), lineage.path, branch, known, brought)
            numbering = decide_numbering(arriving, self._of(name), style, hindrance)
        except InputError as error:
            return Objection(error.message, error.hint or f"agentgrid migration list --lineage {name}")
        return numbering if isinstance(numbering, Objection) else self.write(name, done, numbering)

    def write(self, name: str, done: Brought, numbering: Numbering) -> Brought | Objection:
        """`done` with the lineage's numbers written and tried."""
        lineage = self.lineages[name]
        tree = write_lineage(self.git, done.tree, lineage.path, numbering.placement)
        notes: Sequence[str] = ()
        if self.trier is not None and numbering.placed:
            ways_back = frozenset(id_ for id_, each in self.requests.items() if each.touched.is_reversible)
            try:
                notes = self.trier.try_tree(
                    tree, name, lineage, style_for(lineage.style), numbering.chain, numbering.placed, ways_back
                ).notes
            except MigrationFails as error:
                return Objection(error.message, error.hint or "mend it, and submit it again")
        return replace(done, tree=tree, placed=(*done.placed, *numbering.placed), notes=(*done.notes, *notes))

    def _as_of(self, tip: str) -> Mapping[str, MigrationRequest]:
        """The requests, those that the train has brought to `tip` already as integrated."""
        if self.base is None or tip == self.base or not self.requests:
            return self.requests
        messages = list_messages(self.git, self.base, tip, is_first_parent=True, with_merges=True)
        said = [each for commit in reversed(messages) for each in read_evidence(commit.raw)]  # the newest word counts
        done = {
            each.id: replace(self.requests[each.id], status="integrated", number=each.number, file=each.path)
            for each in said
            if each.id in self.requests
        }
        return {**self.requests, **done}

    def _of(self, lineage: str) -> dict[str, MigrationRequest]:
        return {id_: each for id_, each in self.requests.items() if each.lineage == lineage}

    def _is_same(self, one: str, other: str, lineage: Lineage) -> bool:
        folder = lineage_prefix(lineage.path).rstrip(b"/")
        names = [tree.encode() + b":" + folder for tree in (one, other)]
        found = [self.git.run("rev-parse", "--verify", "--quiet", name, accept=(0, 1, 128)).text for name in names]
        return found[0] == found[1]
