"""Which constraint a package is brought to: the one that is typed, else the newest in use; told in each form. Pure."""

import re
from dataclasses import dataclass

from agentgrid.errors import InputError
from agentgrid.integration.dependencies.names import alike
from agentgrid.integration.dependencies.versions.ranges import read_range
from agentgrid.integration.dependencies.wanted import ECOSYSTEMS, Ecosystem, Form

_TYPED = re.compile(r"(?P<name>@?[^@=<>!~^\s\[]+)(?:\[[^\]]*\])?\s*(?P<rest>.*)", re.DOTALL)
ACCEPTED = (
    "NAME, NAME==SPEC or NAME@SPEC: fastapi, 'fastapi==0.111.*', 'fastapi>=0.111,<1', 'react==^18.2.0', 'serde@1.0.200'"
)

FORMS: dict[Ecosystem, Form] = {"python": "pep440", "npm": "npm", "cargo": "cargo", "go": "go"}


@dataclass(frozen=True)
class Typed:
    """What somebody typed. `spec`: None for the newest in use; `is_pinned`: written behind `==` or `@`."""

    name: str
    spec: str | None
    is_pinned: bool = False


@dataclass(frozen=True)
class Target:
    """The constraint that a package gets, and the form that it is written in."""

    ecosystem: Ecosystem
    package: str
    form: Form
    constraint: str


def parse_typed(text: str) -> Typed:
    """Raises InputError for what is no package."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        raise InputError(f"{text!r} names no package", hint=f"accepted: {ACCEPTED}")
    rest = found["rest"].strip()
    if not rest:
        return Typed(found["name"], None)
    for sign in ("==", "@"):
        if rest.startswith(sign) and not rest.startswith("==="):
            spec = rest.removeprefix(sign).strip()
            if not spec:
                raise InputError(f"{text!r} has no version behind {sign}", hint=f"accepted: {ACCEPTED}")
            return Typed(found["name"], spec, is_pinned=True)
    if rest.startswith("==="):
        return Typed(found["name"], rest.removeprefix("==").strip(), is_pinned=True)
    return Typed(found["name"], rest)


def make_target(typed: Typed, ecosystem: Ecosystem) -> Target:
    """The typed constraint in the ecosystem's form; a Python version behind `==` is exactly that one. Raises
    InputError for one that the ecosystem doesn't understand."""
    assert typed.spec is not None
    form, spec = FORMS[ecosystem], typed.spec
    if ecosystem == "python":
        if re.match(r"\^|~(?!=)|.*\|\|", spec):
            form = "poetry"
        elif re.match(r"=(?!=)", spec):
            spec = f"=={spec}"  # it was typed as `===`
        elif typed.is_pinned and not re.match(r"[<>=!~]", spec):
            spec = f"=={spec}"
    elif ecosystem == "go" and not spec.startswith("v"):
        spec = f"v{spec}"
    try:
        read_range(form, spec)
    except ValueError as error:
        raise InputError(f"{typed.name}: {error}", hint=f"accepted: {ACCEPTED}") from error
    return Target(ecosystem, alike(ecosystem, typed.name), form, spec)


def told_in(target: Target, form: Form) -> str:
    """The target's constraint as `form` writes it. Raises ValueError where it can't say that."""
    if target.form in (form, "pep440"):
        return target.constraint  # Poetry reads PEP 440 as well
    from agentgrid.integration.dependencies.versions.poetry import as_pep440

    alternatives = as_pep440(target.constraint)
    if len(alternatives) > 1:
        raise ValueError(f"PEP 440 has no way to say {target.constraint}")
    return alternatives[0]


def ecosystems_of(typed: Typed, known: "set[tuple[Ecosystem, str]]", only: str | None) -> list[Ecosystem]:
    """The ecosystems in which somebody asks for the package."""
    return [each for each in ECOSYSTEMS if (each, alike(each, typed.name)) in known and only in {None, each}]
