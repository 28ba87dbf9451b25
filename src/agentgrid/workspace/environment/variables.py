"""Variables with where they come from, and the environment that layers of them add up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agentgrid.errors import KeyMissing, KeySourceFailed
from agentgrid.machine.secrets.redaction import Redactor
from agentgrid.machine.secrets.value import Secret

INHERITED = "inherited"
GENERATED = "generated"
CACHE = "shared cache"


@dataclass(frozen=True, slots=True)
class Variable:
    """`value`: a Secret where it must not be shown, None where it wasn't looked up or is missing. `source`: one of the
    words above, or the place in the configuration."""

    name: str
    value: str | Secret | None
    source: str
    is_secret: bool = False

    @property
    def text(self) -> str | None:
        """The value as a process gets it."""
        return self.value.reveal() if isinstance(self.value, Secret) else self.value


@dataclass(frozen=True, slots=True)
class MissingKey:
    """A key without a value. `reference` and `place` as configured; `reason` and `hint` in words, without any value."""

    agent: str
    name: str
    reference: str
    place: str
    reason: str
    hint: str
    is_outside: bool

    def __str__(self) -> str:
        return f"{self.agent}'s key {self.name} ({self.reference}, {self.place}) is missing: {self.reason}"


@dataclass(frozen=True, slots=True)
class AgentEnvironment:
    """All variables of an agent's processes, by name. `missing`: keys that have no value, and so no variable.
    `notices`: what a person should hear, as that a port moved."""

    agent: str
    variables: tuple[Variable, ...] = field(repr=False)
    missing: tuple[MissingKey, ...] = ()
    notices: tuple[str, ...] = ()

    def for_process(self) -> dict[str, str]:
        """What a process is started with. It has the keys in it: it goes to the process and nowhere else."""
        return {each.name: text for each in self.variables if (text := each.text) is not None}

    def own(self) -> "AgentEnvironment":
        """Without what is inherited."""
        kept = tuple(each for each in self.variables if each.source != INHERITED)
        return AgentEnvironment(self.agent, kept, self.missing, self.notices)

    def secrets(self) -> list[Secret]:
        return [each.value for each in self.variables if isinstance(each.value, Secret)]

    def redactor(self) -> Redactor:
        """Takes the secrets of this environment out of what its processes print: one for each stream."""
        return Redactor(self.secrets())

    def require_keys(self) -> None:
        """Raises KeyMissing (KeySourceFailed where a program or service failed) for the first key without a value."""
        if not self.missing:
            return
        first = self.missing[0]
        more = f" (and {len(self.missing) - 1} more: agentgrid env check {self.agent})" if len(self.missing) > 1 else ""
        raise (KeySourceFailed if first.is_outside else KeyMissing)(
            f"{first}{more}",
            hint=first.hint,
            details={"agent": self.agent, "keys": [each.name for each in self.missing]},
        )


def merge_layers(layers: Iterable[Iterable[Variable]]) -> tuple[Variable, ...]:
    """The variables of all layers by name; of one name the last layer's counts."""
    merged: dict[str, Variable] = {}
    for layer in layers:
        merged.update((each.name, each) for each in layer)
    return tuple(merged[name] for name in sorted(merged))


def as_variables(values: Mapping[str, str], source: str) -> list[Variable]:
    return [Variable(name, value, source) for name, value in values.items()]
