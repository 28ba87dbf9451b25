"""What `pr` would do about each agent's branch, decided from what is here and what the server has. Pure."""

from dataclasses import dataclass, replace

from agentgrid.integration.pull_requests.pull_request import CLOSED, MERGED, OPEN, PullRequest

CREATE, UPDATE, TELL, REFUSE, NOTHING = "open", "update", "tell", "refuse", "nothing"


@dataclass(frozen=True, slots=True)
class Work:
    """What an agent would land. `head`: its commit. `commits`: id and subject of each, oldest first. `errors`: what
    breaks a rule, in words. `is_dirty`: something isn't committed."""

    agent: str
    branch: str
    head: str
    commits: tuple[tuple[str, str], ...]
    is_merged: bool = False
    is_dirty: bool = False
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrOptions:
    """`is_new`: also where the last one was closed by hand. `is_rewritten`: the branch was rebased, and what was
    pushed is replaced. `title`: None for one made from the work."""

    is_draft: bool = False
    is_new: bool = False
    is_rewritten: bool = False
    title: str | None = None


@dataclass(frozen=True, slots=True)
class PrPlan:
    """`act`: one of the words above. `reason`: why nothing, or what else there is to know."""

    work: Work
    act: str
    existing: PullRequest | None = None
    title: str | None = None
    reason: str = ""


def decide_pull_request(work: Work, existing: PullRequest | None, options: PrOptions) -> PrPlan:
    """`existing`: the branch's open pull request, else its newest."""
    if existing is not None and existing.state == MERGED and (work.is_merged or existing.head == work.head):
        return PrPlan(work, TELL, existing, reason=f"pull request #{existing.number} was merged")
    if not work.commits or work.is_merged:
        return PrPlan(work, NOTHING, existing, reason=f"{work.branch} has nothing that the base hasn't")
    if work.errors:
        more = f" and {len(work.errors) - 1} more" if len(work.errors) > 1 else ""
        return PrPlan(work, REFUSE, existing, reason=f"{work.errors[0]}{more}; agentgrid check --head {work.branch}")
    if existing is not None and existing.state == CLOSED and not options.is_new:
        number = existing.number
        return PrPlan(work, TELL, existing, reason=f"pull request #{number} was closed without merging; gh pr reopen "
                      f"{number}, or a new one: agentgrid pr {work.agent} --new")  # fmt: skip
    reason = "what isn't committed is not in it" if work.is_dirty else ""
    if existing is not None and existing.state == OPEN:
        return PrPlan(work, UPDATE, existing, options.title, reason)
    return PrPlan(work, CREATE, None, options.title or make_title(work), reason)


def make_title(work: Work) -> str:
    """The subject of a single commit; of several, the topic that the branch names."""
    if len(work.commits) == 1:
        return work.commits[0][1]
    topic = work.branch.rpartition("/")[2].removesuffix(f"__{work.agent}").replace("-", " ").replace("_", " ")
    return f"{work.agent}: {topic.strip() or work.branch}"


def refused(plan: PrPlan, reason: str) -> PrPlan:
    """The same work, which the remote doesn't take."""
    return replace(plan, act=REFUSE, reason=reason)
