"""What an agent's processes inherit of the caller's environment: `env.inherit`. Pure.

`safe`: all but what is another agent's and what looks like a secret; `all`; or a list of names, in which `safe` stands
for what is safe besides.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from agentgrid.config.environment import RESERVED, RESERVED_PREFIX
from agentgrid.git.process import HOOK_VARIABLES, MISLEADING_VARIABLES
from agentgrid.machine.secrets.redaction import SHORTEST

SECRET_LOOKS = ("*_API_KEY", "*TOKEN*", "*SECRET*", "*PASSWORD*")
_NEVER = frozenset({*HOOK_VARIABLES, *MISLEADING_VARIABLES})  # of the git command that called us, or misleading
_ITSELF = "all"


@dataclass(frozen=True, slots=True)
class Others:
    """What is another agent's. `names`: variables that only their processes get. `sources`: variables that their keys
    are read from. `generated`: names that agentgrid makes for each agent anew."""

    names: Collection[str]
    sources: Collection[str]
    generated: Collection[str]


def looks_secret(name: str) -> bool:
    return any(fnmatchcase(name.upper(), pattern) for pattern in SECRET_LOOKS)


def decide_inherited(
    environ: Mapping[str, str], inherit: str | tuple[str, ...], others: Others, *, agent: str
) -> dict[str, str]:
    """Name → value of what `agent`'s processes inherit of `environ`.

    What made the caller itself an agent's process (its identity, what was generated for it, a person's pass) is nobody
    else's, whatever the rule.
    """
    plain = {name: value for name, value in environ.items() if not _is_the_callers(name, environ, others, agent)}
    if inherit == _ITSELF:
        return plain
    named = frozenset() if inherit == "safe" else frozenset(inherit)
    foreign = _foreign_values(environ, others)
    is_safe = inherit == "safe" or "safe" in named
    return {
        name: value
        for name, value in plain.items()
        if name in named or (is_safe and _is_safe(name, value, others, foreign))
    }


def _is_the_callers(name: str, environ: Mapping[str, str], others: Others, agent: str) -> bool:
    if name in _NEVER or name == RESERVED or name.startswith(RESERVED_PREFIX):
        return True
    caller = environ.get(RESERVED)
    if caller is None:
        return False
    return name in others.generated or (caller != agent and name in others.names)


def _is_safe(name: str, value: str, others: Others, foreign: Collection[str]) -> bool:
    if looks_secret(name) or name in others.sources or name in others.names:
        return False
    return not any(each in value for each in foreign)


def _foreign_values(environ: Mapping[str, str], others: Others) -> list[str]:
    """Other agents' keys that the caller has at hand: also under another name they are theirs."""
    return [environ[name] for name in others.sources if len(environ.get(name, "")) >= SHORTEST]
