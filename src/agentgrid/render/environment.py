"""`env` for people and as JSON. What is secret is shown only where that was asked for."""

from agentgrid.git.paths import short_path
from agentgrid.machine.secrets.value import HIDDEN
from agentgrid.render.tables import render_table
from agentgrid.workspace.environment.checking import KeyCheck
from agentgrid.workspace.environment.env_file import EnvFilePlan
from agentgrid.workspace.environment.variables import AgentEnvironment, Variable


def environment_as_json(environment: AgentEnvironment, *, reveal: bool) -> dict[str, object]:
    """The shape `env` of the contract; `value` is null for a key that is missing."""
    missing = {key.name for key in environment.missing}
    variables = [
        {
            "name": each.name,
            "value": _shown(each, missing, reveal=reveal),
            "source": each.source,
            "secret": each.is_secret,
        }
        for each in environment.variables
    ]
    told = [{"name": key.name, "message": str(key), "hint": key.hint} for key in environment.missing]
    return {"agent": environment.agent, "variables": variables, "missing": told}


def render_environment(environment: AgentEnvironment, *, reveal: bool) -> str:
    missing = {key.name for key in environment.missing}
    rows = [(each.name, _visible(_shown(each, missing, reveal=reveal)), each.source) for each in environment.variables]
    return render_table(("variable", "value", "source"), rows)


def render_written(plan: EnvFilePlan, count: int, has_changed: bool, *, is_planned: bool) -> str:  # noqa: FBT001
    act = "would write" if is_planned else "wrote" if has_changed else "is up to date:"
    kind = "" if plan.inside is None else ", hidden from git"
    return f"{act} {short_path(plan.path)} ({count} variables, mode 600{kind})"


def render_key_check(report: KeyCheck) -> str:
    lines = [f"{each.agent}: {each.key} {_word(each.kind)}{each.message}\n→ {each.hint}" for each in report.problems]
    agents = f"{len(report.agents)} agent{'' if len(report.agents) == 1 else 's'}"
    keys = f"{report.keys} key{'' if report.keys == 1 else 's'}"
    return "\n".join(lines) or f"{keys} of {agents}: nothing wrong"


def _word(kind: str) -> str:
    return "is missing: " if kind == "missing" else "is shared: " if kind == "shared" else ""


def _shown(variable: Variable, missing: set[str], *, reveal: bool) -> str | None:
    if variable.name in missing:
        return None
    if variable.is_secret and not reveal:
        return HIDDEN
    return variable.text


def _visible(value: str | None) -> str:
    """On one line; what a terminal doesn't show as it is, escaped."""
    if value is None:
        return "(missing)"
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
