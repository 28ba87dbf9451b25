"""One branch on top of a tip, as a commit: merged, squashed or replayed in the object database."""

from collections.abc import Callable
from dataclasses import dataclass

from agentgrid.git.commit_objects import read_commit, replace_paths, replay, tree_of, write_commit
from agentgrid.git.history import merge_bases
from agentgrid.git.merging import changed_on_both_sides, foresee_merge
from agentgrid.git.process import Git
from agentgrid.integration.landing.messages import merge_message, squash_message
from agentgrid.integration.landing.model import Candidate, Ejected, Step, Strategy
from agentgrid.integration.landing.numbering import Numbered, Numberer, with_trailers
from agentgrid.integration.landing.rules import Rules, find_double_numbers, find_objection, name_paths
from agentgrid.workspace.sync.derived import Commands
from agentgrid.workspace.sync.facts import group_by_command


class GenerationFailed(Exception):
    """A command that generates files went wrong; the message says how."""


Regenerate = Callable[[str, Commands], str]
"""(commit, commands) → the tree of that commit with the files made anew. Raises GenerationFailed."""


@dataclass(frozen=True)
class Builder:
    """Builds steps. `regenerate` None: only says which commands would run. `command_for`: of generated files.
    `numberer`: gives migrations their numbers, None where there is no queue."""

    git: Git
    strategy: Strategy
    rules: Rules
    command_for: Callable[[bytes], str | None]
    regenerate: Regenerate | None = None
    numberer: Numberer | None = None

    def build(self, tip: str, candidate: Candidate, *, is_trial: bool = False) -> Step | Ejected:
        """The step, or why there is none. `is_trial`: only to find out who gets on with whom; no rule is asked."""
        objection = None if is_trial else find_objection(self.rules, candidate, tip)
        if objection:
            return objection
        forks = merge_bases(self.git, tip, [candidate.head])
        if not forks:
            reason = f"{candidate.branch} has no commit in common with the base"
            return Ejected(candidate.agent, "merge", reason, f"agentgrid start {candidate.agent} TOPIC")
        merged = foresee_merge(self.git, tip, candidate.head)
        both = (*changed_on_both_sides(self.git, forks[0], tip, candidate.head), *merged.conflicts)
        commands = group_by_command(dict.fromkeys(both), self.command_for)
        generated = tuple(sorted({path for paths in commands.values() for path in paths}))
        settled = tuple(path for path in merged.conflicts if self.numberer and self.numberer.settles(path))
        in_conflict = tuple(path for path in merged.conflicts if path not in generated and path not in settled)
        if in_conflict:
            return Ejected(candidate.agent, "merge", f"conflict in {name_paths(in_conflict)}",
                           f"agentgrid sync {candidate.agent}", paths=in_conflict)  # fmt: skip
        tree = replace_paths(self.git, merged.tree, candidate.head, generated) if generated else merged.tree
        tree = replace_paths(self.git, tree, tip, settled) if settled else tree
        if generated and self.regenerate is not None:
            try:
                tree = self.regenerate(self._between(tip, candidate, tree), commands)
            except GenerationFailed as error:
                return Ejected(candidate.agent, "derived", str(error),
                               f"agentgrid sync {candidate.agent}, then: agentgrid land {candidate.agent}")  # fmt: skip
        numbered = self._number(tip, candidate, tree, is_trial=is_trial)
        if isinstance(numbered, Ejected):
            return numbered
        doubled = None if is_trial else find_double_numbers(self.git, self.rules, candidate, tip, numbered.tree)
        return doubled or self._commit(tip, candidate, numbered, (generated, settled), tuple(commands))

    def _number(self, tip: str, candidate: Candidate, tree: str, *, is_trial: bool) -> Numbered | Ejected:
        if self.numberer is None:
            return Numbered(tree, tree)
        return self.numberer.number(tip, candidate, tree, is_tried=not is_trial and self.regenerate is not None)

    def _between(self, tip: str, candidate: Candidate, tree: str) -> str:
        return write_commit(self.git, tree, [tip, candidate.head], b"before generated files are made anew\n",
                            is_passing=True)  # fmt: skip

    def _commit(
        self,
        tip: str,
        candidate: Candidate,
        numbered: Numbered,
        anew: tuple[tuple[bytes, ...], tuple[bytes, ...]],
        commands: tuple[str, ...],
    ) -> Step | Ejected:
        """`anew`: (generated files, files that numbering wrote), whatever the branch has there."""
        tree, trailers, generated = numbered.tree, numbered.trailers, anew[0]
        if self.strategy == "rebase":
            made = self._renumbered(self._replayed(tip, candidate, numbered.merged, (*anew[0], *anew[1])), numbered)
        elif self.strategy == "squash":
            said = squash_message(self.git, candidate.agent, candidate.branch, self._own_commits(tip, candidate))
            message = with_trailers(said.message, trailers)
            made = write_commit(self.git, tree, [tip], message, author=said.author, encoding="UTF-8")
        else:
            message = with_trailers(merge_message(candidate.agent, candidate.branch), trailers)
            made = write_commit(self.git, tree, [tip, candidate.head], message)
        if isinstance(made, Ejected):
            return made
        is_open = self.regenerate is None
        return Step(candidate, tip, made, tree_of(self.git, made), self.strategy, () if is_open else generated,
                    commands if is_open else (), numbered.placed)  # fmt: skip

    def _replayed(self, tip: str, candidate: Candidate, tree: str, generated: tuple[bytes, ...]) -> str | Ejected:
        """The branch's commits one after the other, with their authors, dates and messages; what comes out must be
        what merging gives, or work that only a merge commit has would be lost."""
        top = tip
        for oid in self._own_commits(tip, candidate):
            done = replay(self.git, top, oid)
            conflicts = tuple(path for path in done.conflicts if path not in generated)
            if conflicts:
                return self._by_merge(
                    candidate, f"its commit {oid[:10]} conflicts in {name_paths(conflicts)}", conflicts
                )
            made = replace_paths(self.git, done.tree, oid, generated) if done.conflicts else done.tree
            top = self._again(oid, made, top)
        if tree_of(self.git, top) == tree:
            return top
        if not generated or top == tip or replace_paths(self.git, tree_of(self.git, top), tree, generated) != tree:
            return self._by_merge(candidate, "its commits one by one don't give what merging it gives", ())
        last = read_commit(self.git, top)
        return write_commit(self.git, tree, last.parents, last.message, author=last.author, encoding=last.encoding)

    def _renumbered(self, top: str | Ejected, numbered: Numbered) -> str | Ejected:
        """One more commit, where migrations got their numbers."""
        if isinstance(top, Ejected) or tree_of(self.git, top) == numbered.tree:
            return top
        message = with_trailers(b"Number migrations\n", numbered.trailers)
        return write_commit(self.git, numbered.tree, [top], message)

    def _again(self, oid: str, tree: str, top: str) -> str:
        """The commit `oid` with `tree` on `top`; `top` itself when it would change nothing there."""
        if tree == tree_of(self.git, top):
            return top
        old = read_commit(self.git, oid)
        return write_commit(self.git, tree, [top], old.message, author=old.author, encoding=old.encoding)

    def _own_commits(self, tip: str, candidate: Candidate) -> list[str]:
        """Oldest first, merges left out."""
        return self.git.text("rev-list", "--reverse", "--topo-order", "--no-merges", f"{tip}..{candidate.head}").split()

    @staticmethod
    def _by_merge(candidate: Candidate, reason: str, paths: tuple[bytes, ...]) -> Ejected:
        return Ejected(
            candidate.agent, "merge", reason, f"agentgrid land {candidate.agent} --strategy merge", paths=paths
        )
