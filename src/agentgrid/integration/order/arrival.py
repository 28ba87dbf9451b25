"""Who came first: whose newest commit is oldest, for that is when the work stood ready. Uncommitted work comes last."""

from collections.abc import Sequence

from agentgrid.config.ordering import natural_key
from agentgrid.git.process import Git
from agentgrid.integration.conflicts.model import AgentWork


def sort_by_arrival(git: Git, base: str, works: Sequence[AgentWork]) -> list[AgentWork]:
    """`works` as they came; those that came at one time by name. `base`: a commit; who has none of its own commits
    beyond it has nothing ready yet."""
    heads = sorted({work.head for work in works if work.head})
    asked = "".join(f"{head}\n" for head in heads).encode()
    times: dict[str, int] = {}
    if heads:
        for line in git.run("rev-list", "--timestamp", "--no-walk=unsorted", "--stdin", stdin=asked).text.splitlines():
            seconds, _, oid = line.partition(" ")
            times[oid] = int(seconds)
    ready = _ahead(git, base, heads)

    def key(work: AgentWork) -> tuple[bool, int, object]:
        is_ready = work.head in ready
        return (not is_ready, times.get(work.head or "", 0) if is_ready else 0, natural_key(work.agent))

    return sorted(works, key=key)


def _ahead(git: Git, base: str, heads: Sequence[str]) -> set[str]:
    """Those of `heads` that `base` doesn't contain."""
    if not heads:
        return set()
    asked = "".join(f"{head}\n" for head in [*heads, f"^{base}"]).encode()
    newest = git.run("rev-list", "--stdin", stdin=asked).text.split()
    return set(newest).intersection(heads)
