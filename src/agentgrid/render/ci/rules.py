"""Each rule in words, for viewers that show a rule beside its findings: what it asks, what to do about one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleText:
    """`asks`: what must hold, in one sentence. `help`: what to do when it doesn't."""

    asks: str
    help: str


_ASK = "Leave the change to the owner, or ask a person; `agentgrid owner PATH` says who owns it and by which rule."

RULES: dict[str, RuleText] = {
    "ownership.foreign": RuleText("An agent changes only what it owns.", _ASK),
    "ownership.unowned": RuleText(
        "Every path that an agent changes has an owner.",
        "Give the path an owner in config/agents, or choose another `unowned` in agentgrid.yaml.",
    ),
    "ownership.frozen": RuleText("No agent changes frozen paths.", "Leave the change to a person."),
    "ownership.shared-conflict": RuleText(
        "No path is claimed by two agents.",
        "Mend the map: `agentgrid map` lists every path that two agents claim.",
    ),
    "lock.held": RuleText(
        "Common code is changed by one agent at a time.", "Wait for the lease: `agentgrid lock --wait 30m PATH`."
    ),
    "lock.missing": RuleText(
        "Common code is changed under a lease.",
        "Ask for one (`agentgrid lock PATH`) and commit the change again, so that its message names the lease.",
    ),
    "lock.stale": RuleText(
        "A change of common code stands on its newest version.",
        "The base has changed the path since: merge or rebase, so that nothing is overwritten unseen.",
    ),
    "secret.leaked": RuleText(
        "No key is committed.", "Take it out of every commit of the branch, and replace the key: it has been seen."
    ),
    "message.format": RuleText(
        "Commit messages have the form that agentgrid.yaml asks for (`commits`).",
        "Write the message anew: `git commit --amend`, or `reword` in `git rebase -i`.",
    ),
    "branch.name": RuleText(
        "An agent's commits stand on a branch whose name says whose it is.",
        "Rename the branch as `agentgrid start ID TOPIC` would.",
    ),
    "migration.unqueued": RuleText(
        "Every migration comes from the queue.", "Submit it: `agentgrid migration submit FILE`."
    ),
    "migration.duplicate": RuleText(
        "No two migrations have one number.", "Give it its number at landing: `agentgrid migration integrate`."
    ),
    "path.collision": RuleText(
        "No two paths differ by case or Unicode form alone.",
        "Give the new path another name: a checkout on macOS or Windows can't hold both.",
    ),
    "permission.base": RuleText(
        "The base moves only when work lands.", "Put the work on a branch, and land that: `git switch -c BRANCH`."
    ),
    "permission.branch": RuleText(
        "An agent moves its own branches alone.", "Work on a branch of your own: `git switch -c BRANCH`."
    ),
    "permission.stash": RuleText(
        "An agent leaves the stash alone: all worktrees have one together.",
        "Keep unfinished work as a commit: `git commit -m WIP`.",
    ),
    "review.missing": RuleText(
        "What the map wants reviewed is approved before it lands.", "Ask for it: `agentgrid review request`."
    ),
    "common.breaking": RuleText(
        "A breaking change of common code comes with a new version and a deprecation.",
        "Raise the version and keep the old way for a while; `agentgrid common check` says what is missing.",
    ),
}


def rule_text(rule: str) -> RuleText:
    """The words for a rule; a rule that has none yet gets its name."""
    return RULES.get(rule, RuleText(f"The rule {rule} holds.", "`agentgrid check` says what to do."))
