"""The rule `common.breaking`: what a change set breaks of common code without saying so, as findings."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from agentgrid.boundaries.findings import CheckReport, Finding, Words, named_finding
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.verdict import COMMON_RULE
from agentgrid.config.schema import CommonCode
from agentgrid.git.paths import show_path
from agentgrid.integration.common_code.model import CommonReport, Judged, Unreadable, User
from agentgrid.integration.common_code.versions import tell_version

_MOST_USERS = 3


def make_findings(
    territory: Territory, wanted: CommonCode, judged: Iterable[Judged], unreadable: Iterable[Unreadable]
) -> Iterator[Finding]:
    """One finding for each break that its version doesn't let through, and for each file that can't be read."""
    for each in judged:
        found = _object(territory, each) if each.is_objection else None
        if found is not None:
            is_lowered = each.standing == "unknown-version" and wanted.version == "optional"
            yield replace(found, severity="warn") if is_lowered else found
    for broken in unreadable:
        words = Words(f"line {broken.line} is no Python here ({broken.reason}): what it offers can't be compared", None)
        found = named_finding(territory, COMMON_RULE, words, path=broken.path)
        if found is not None:
            yield replace(found, severity="warn")  # it may be for a newer Python than this one


def as_check_report(report: CommonReport) -> CheckReport:
    """As `check` would tell it."""
    return CheckReport(report.agent, report.base, report.head, report.findings, report.notes, report.changed)


def _object(territory: Territory, judged: Judged) -> Finding | None:
    broken = judged.broken
    where = "it was at line" if broken.is_gone else "line"
    name = ".".join(broken.names) or "the module"
    told = f"{name} {broken.told} ({where} {broken.line}); {_why(judged)}{_tell_users(judged.users)}"
    owner = territory.place(broken.path).owner
    return named_finding(territory, COMMON_RULE, Words(told, _hint(judged)), path=broken.path, owner=owner)


def _why(judged: Judged) -> str:
    if judged.standing == "no-deprecation":
        return "it was never deprecated, and no alias that warns is kept"
    if judged.standing == "unknown-version":
        return f"{tell_version(judged.version)}, so nobody can tell whether it was raised"
    needs = f", and this takes {judged.wanted}" if judged.wanted else ""
    return f"{tell_version(judged.version)}{needs}"


def _hint(judged: Judged) -> str:
    version, asked = judged.version, "`agentgrid common check` tells who uses it"
    if judged.standing == "no-deprecation":
        return f"keep the old name for a while, and let it warn (DeprecationWarning); {asked}"
    if version.path is None:
        return 'give the package a version in its __init__.py (`__version__ = "1.0.0"`), or keep the old way'
    place = show_path(version.path)
    if version.is_lost:
        return f"leave it to a person, or keep {place} and raise its `__version__`"
    if judged.standing == "unknown-version":
        return f'write the version down in {place}: `__version__ = "1.0.0"`'
    return f'keep the old way, or set `__version__ = "{judged.wanted}"` in {place}; {asked}'


def _tell_users(users: tuple[User, ...]) -> str:
    if not users:
        return ""
    more = f" and {len(users) - _MOST_USERS} more" if len(users) > _MOST_USERS else ""
    return f"; used in {', '.join(tell_user(each) for each in users[:_MOST_USERS])}{more}"


def tell_user(user: User) -> str:
    """`services/ai/app.py:3 (a2's)`, or `(on a2's branch)`."""
    whose = f"on {user.branch_of}'s branch" if user.branch_of else f"{user.agent}'s" if user.agent else ""
    seems = {"sure": "", "likely": "seemingly", "by-name": "by name"}[user.certainty]
    said = ", ".join(word for word in (whose, seems) if word)
    return f"{show_path(user.path)}:{user.line}" + (f" ({said})" if said else "")
