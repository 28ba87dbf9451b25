"""Names from templates, and back: the branch for an agent's topic, the agent of a branch, the worktree's path.

Always holds: `agent_of_branch(policy, branch_name(policy, agent, …)) == agent`, or `branch_name` refuses.
"""

import os
import re
import string
import unicodedata
from functools import lru_cache
from pathlib import Path

from agentgrid.config.policy import Policy
from agentgrid.config.schema import AgentConfig
from agentgrid.errors import InputError
from agentgrid.git.ref_names import is_valid_branch_name

DEFAULT_KIND = "feat"
FEATURE_SEGMENTS = ("feat/", "feature/")
MAX_TOPIC_BYTES = 100
_TASK = re.compile(r"((?:[A-Za-z]+-)?\d+)(?:[-_ ]+(.+))?", re.DOTALL)
_KIND = re.compile(r"[a-z][a-z0-9-]*")
_SLUG_PATTERN = (
    r"[^\W_](?:(?!__)[^/])*?"  # what `slug_topic` gives: no `__` inside, so `{topic}__{agent}` splits one way
)
_LOOSE_PATTERN = r".+"

Parts = tuple[tuple[str, str | None], ...]


def branch_name(policy: Policy, agent_id: str, topic: str, *, kind: str | None = None, task: str | None = None) -> str:
    """The branch for `topic` of an agent, from its own template or the grid's.

    Raises InputError: unknown agent, nothing left of the topic, a task id that the template needs is missing, no
    place for `kind`, or a name that git refuses or that would be read back as another agent's.
    """
    agent = require_agent(policy, agent_id)
    template = branch_template(policy, agent)
    parts = _apply_kind(_parse(template), kind, template)
    values = {"agent": agent.id, "area": agent.area or agent.id, "type": _check_kind(kind or DEFAULT_KIND)}
    values |= _topic_values(parts, topic, task, template)
    name = "".join(literal + (values[field] if field else "") for literal, field in parts)
    _check_branch(policy, agent, name, template)
    return name


def agent_of_branch(policy: Policy, branch: str) -> str | None:
    """The agent whose template `branch` (short name) was made from; None for nobody's, or when two could be meant."""
    branch = branch.removeprefix("refs/heads/")
    if branch == policy.grid.base:
        return None
    for topic_pattern in (_SLUG_PATTERN, _LOOSE_PATTERN):
        found = [
            agent.id
            for agent in policy.agents.values()
            if _backwards(branch_template(policy, agent), agent.id, agent.area or agent.id, topic_pattern).fullmatch(
                branch
            )
        ]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def worktree_path(policy: Policy, repository_name: str, root: Path, agent_id: str) -> Path:
    """Where the agent's worktree belongs: absolute, without `..`; links in it are left as they are."""
    agent = require_agent(policy, agent_id)
    named = policy.grid.worktree.format(repo=repository_name, agent=agent.id, area=agent.area or agent.id)
    return Path(os.path.normpath(os.path.join(root, os.path.expanduser(named))))


def branch_template(policy: Policy, agent: AgentConfig) -> str:
    return agent.branch or policy.grid.branch


def needs_task(policy: Policy, agent_id: str) -> bool:
    """True when the agent's template has {task}."""
    parts = _parse(branch_template(policy, require_agent(policy, agent_id)))
    return any(field == "task" for _, field in parts)


def require_agent(policy: Policy, agent_id: str) -> AgentConfig:
    """The agent's configuration. Raises InputError that names the known ones."""
    agent = policy.agents.get(agent_id)
    if agent is None:
        known = ", ".join(policy.agents) or "none yet"
        raise InputError(f"there is no agent {agent_id!r} (known: {known})", hint=f"agentgrid agent add {agent_id}")
    return agent


def slug_topic(topic: str) -> str:
    """`topic` as one part of a branch name: lower case, words joined by `-`, letters of every script kept.

    Everything that git refuses in a name, or that a shell would take amiss, goes. Raises InputError when nothing
    is left.
    """
    joined = re.sub(r"[\s/]+", "-", unicodedata.normalize("NFC", topic).lower())
    kept = "".join(character for character in joined if character in "-_.+" or _is_letter(character))
    for pattern, replacement in ((r"\.{2,}", "."), (r"_{2,}", "_"), (r"-{2,}", "-")):
        kept = re.sub(pattern, replacement, kept)
    slug = _shorten(kept.strip("-_.+"))
    while slug.endswith(".lock"):
        slug = slug.removesuffix(".lock").rstrip("-_.+")
    if not slug:
        raise InputError(f"nothing of the topic {topic!r} can be part of a branch name",
                         hint="use a few words, as in `agentgrid start a1 add-cache`")  # fmt: skip
    return slug


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _shorten(slug: str) -> str:
    if len(slug.encode()) <= MAX_TOPIC_BYTES:
        return slug
    cut = slug.encode()[:MAX_TOPIC_BYTES].decode(errors="ignore")
    words, _, _ = cut.rpartition("-")
    return (words or cut).strip("-_.+")


def _topic_values(parts: Parts, topic: str, task: str | None, template: str) -> dict[str, str]:
    fields = {field for _, field in parts}
    if "task" not in fields:
        return {"topic": slug_topic(topic)}
    rest: str | None = topic
    if task is None:
        found = _TASK.fullmatch(topic.strip().lstrip("#"))
        if found is None:
            raise InputError(f"the branch template {template!r} needs a task id, and {topic!r} starts with none",
                             hint=f"write it in front of the topic: `12-{slug_topic(topic)}`")  # fmt: skip
        task, rest = found.groups()
    values = {"task": _task_after(parts, task)}
    if "topic" in fields:
        if not rest:
            raise InputError(f"the branch template {template!r} needs a topic after the task id {task}",
                             hint=f"add a few words: `{task}-add-cache`")  # fmt: skip
        values["topic"] = slug_topic(rest)
    return values


def _task_after(parts: Parts, task: str) -> str:
    """`12` for `OBS-12` when the template says `OBS-{task}` itself."""
    slug = re.sub(r"[^\w.-]+", "-", task).strip("-_.")
    if not slug:
        raise InputError(f"{task!r} can't be a task id", hint="a task id looks like 12 or OBS-12")
    for literal, field in parts:
        prefix = re.search(r"[A-Za-z]+-$", literal)
        if field == "task" and prefix and slug.lower().startswith(prefix.group().lower()):
            return slug[len(prefix.group()) :]
    return slug


def _apply_kind(parts: Parts, kind: str | None, template: str) -> Parts:
    if kind is None or any(field == "type" for _, field in parts):
        return parts
    (first, field), *rest = parts
    for segment in FEATURE_SEGMENTS:
        if first.startswith(segment):
            return ((f"{_check_kind(kind)}/{first.removeprefix(segment)}", field), *rest)
    raise InputError(f"the branch template {template!r} has no place for the type {kind!r}",
                     hint="put {type} into `branch:`, or leave `--type` away")  # fmt: skip


def _check_kind(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise InputError(f"{kind!r} can't be a branch's type", hint="use one word, as in `--type fix`")
    return kind


def _check_branch(policy: Policy, agent: AgentConfig, name: str, template: str) -> None:
    if not is_valid_branch_name(name) or name == policy.grid.base:
        raise InputError(f"{name!r} can't be a branch of {agent.id}: git or the grid has no place for that name",
                         hint=f"change the template {template!r}, or the topic")  # fmt: skip
    if agent_of_branch(policy, name) != agent.id:
        raise InputError(f"the branch {name!r} of {agent.id} would be read as another agent's",
                         hint="put {agent} into each `branch:` template that two agents share")  # fmt: skip


@lru_cache(maxsize=256)
def _parse(template: str) -> Parts:
    return tuple((literal, field) for literal, field, _, _ in string.Formatter().parse(template))


@lru_cache(maxsize=1024)
def _backwards(template: str, agent_id: str, area: str, topic_pattern: str) -> re.Pattern[str]:
    parts = list(_parse(template))
    first = parts[0][0]
    prefix = ""
    for segment in FEATURE_SEGMENTS:
        if first.startswith(segment) and not any(field == "type" for _, field in parts):
            prefix, parts[0] = _KIND.pattern + "/", (first.removeprefix(segment), parts[0][1])
            break
    known = {"agent": re.escape(agent_id), "area": re.escape(area), "type": _KIND.pattern,
             "task": r"[^/\s]+?", "topic": topic_pattern}  # fmt: skip
    return re.compile(
        prefix + "".join(re.escape(literal) + (known[field] if field else "") for literal, field in parts)
    )
