"""deps check and standardize for people and as JSON."""

import os
import shlex
from collections.abc import Callable, Iterable

from agentgrid.git.paths import json_path, quote_path, show_path
from agentgrid.integration.dependencies.checking import DepsReport
from agentgrid.integration.dependencies.comparing import Asked, Difference
from agentgrid.integration.dependencies.lock_checks import Disagreement
from agentgrid.integration.dependencies.sides import BASE, HERE, Problem, Use
from agentgrid.integration.dependencies.standardizing.model import Share, Stale, Standardized
from agentgrid.integration.dependencies.standardizing.planning import Edit, Left
from agentgrid.render.tables import Cell, render_lines

ServiceOf = Callable[[bytes], str]
_Line = list[Cell]


def render_report(report: DepsReport, service_of: ServiceOf) -> str:
    lines: list[_Line] = []
    conflicts = [each for each in report.differences if each.is_conflict]
    for each in [*conflicts, *(each for each in report.differences if not each.is_conflict)]:
        lines += [*_difference(each, service_of), []]
    for disagreement in report.disagreements:
        lines.append([("✗  ", "bold red"), _disagreement(disagreement)])
    for problem in report.problems:
        lines.append([("✗  ", "bold red"), f"not read: {_problem(problem)}"])
    for agent, why in report.unknown:
        lines.append([("✗  ", "bold red"), f"{agent}'s work can't be told: {why}"])
    if lines and lines[-1]:
        lines.append([])
    lines.append([_summary(report, len(conflicts))])
    different = conflicts or report.differences
    if different:
        lines.append([f"make them one: agentgrid deps standardize {shlex.quote(different[0].package)} --dry-run"])
    return render_lines(lines)


def report_as_json(report: DepsReport, service_of: ServiceOf) -> dict[str, object]:
    return {
        "manifests": report.manifests,
        "packages": report.packages,
        "clean": report.is_clean,
        "differences": [_difference_json(each, service_of) for each in report.differences],
        "locks": [_disagreement_json(each) for each in report.disagreements],
        "unread": [_problem_json(each) for each in report.problems],
        "unknown": [{"agent": agent, "reason": why} for agent, why in report.unknown],
    }


def render_standardized(done: Standardized) -> str:
    if not (done.shares or done.left or done.problems):
        packages = ", ".join(f"{each.package} {each.constraint}" for each in done.targets)
        return f"nothing to do: every manifest asks for {packages}" if packages else "nothing to do: no package differs"
    lines: list[str] = []
    for share in done.shares:
        lines += [_share_title(share, is_dry_run=done.is_dry_run), *_edits(share)]
        if share.state == "written" and not done.is_dry_run and share.worktree:
            files = " ".join(quote_path(plan.path) for plan in share.plans)
            lines.append(f"  undo: git -C {shlex.quote(str(share.worktree))} restore -- {files}")
        if share.state == "patch" and share.patch:
            where = f"-C {shlex.quote(str(share.worktree))} " if share.worktree else ""
            lines.append(f"  take it over: git {where}apply {shlex.quote(str(share.patch))}")
    lines += [f"left as it is: {_left(each)}" for each in done.left]
    lines += [f"not read: {_problem(each)}" for each in done.problems]
    lines += [f"make again: {show_path(each.path)}: {_command(each)}" for each in done.stale]
    if any(share.state == "told" and share.owner for share in done.shares):
        lines.append("hint: --split brings each owner its part")
    return "\n".join(lines)


def standardized_as_json(done: Standardized) -> dict[str, object]:
    return {
        "dry_run": done.is_dry_run,
        "targets": [
            {"ecosystem": each.ecosystem, "package": each.package, "constraint": each.constraint}
            for each in done.targets
        ],
        "shares": [_share_json(each) for each in done.shares],
        "left": [_left_json(each) for each in done.left],
        "unread": [_problem_json(each) for each in done.problems],
        "regenerate": [
            {"path": json_path(each.path), "directory": each.directory, "command": each.command} for each in done.stale
        ],
        "whole": done.is_whole,
    }


def _difference(each: Difference, service_of: ServiceOf) -> list[_Line]:
    sign, style = ("✗", "bold red") if each.is_conflict else ("!", "yellow")
    title: _Line = [
        (f"{sign}  {each.package}", style),
        f" ({each.ecosystem}): {len(each.asked)} constraints, {_common(each)}",
    ]
    return [title, *(line for asked in each.asked for line in _asked(asked, service_of))]


def _common(each: Difference) -> str:
    state = each.common.state
    if state == "version":
        return f"{each.common.example} satisfies all"
    if state == "unknown":
        return "not all are versions"
    return "no version satisfies all" if state == "none" else "a version in between may satisfy all"


def _asked(asked: Asked, service_of: ServiceOf) -> Iterable[_Line]:
    yield [f"     {_plain(asked.text)}"]
    for use in asked.uses:
        where = f"{show_path(use.path)}:{use.wanted.line}"
        when = f" when {_plain(use.wanted.marker)}" if use.wanted.marker else ""
        yield [f"       {service_of(use.path)}  {where}{when}", (_by(use.by), "cyan")]


def _by(by: str) -> str:
    return "" if by == BASE else "  from this worktree" if by == HERE else f"  from {by}"


def _disagreement(each: Disagreement) -> str:
    if each.kind == "different":
        told = "; ".join(f"{show_path(one.path)}{_by(one.by)} has {', '.join(one.versions)}" for one in each.locked)
        return f"{each.package} is locked differently: {told}"
    lock, use = each.locked[0], each.use
    assert use is not None
    asks = f"{show_path(use.path)}:{use.wanted.line} asks for {_plain(use.wanted.constraint) or 'it'}{_by(use.by)}"
    has = f"has {', '.join(lock.versions)}" if lock.versions else "doesn't have it"
    return f"{each.package}: {asks}, {show_path(lock.path)} {has}"


def _problem(each: Problem) -> str:
    line = f":{each.unread.line}" if each.unread.line else ""
    return f"{show_path(each.path)}{line}: {_plain(each.unread.why)}{_by(each.by)}"


def _summary(report: DepsReport, conflicts: int) -> str:
    if not report.differences and report.is_clean:
        return f"{report.packages} packages in {report.manifests} manifests: each is asked for at one version"
    warnings = len(report.differences) - conflicts
    parts = [
        f"{conflicts} without a common version",
        f"{warnings} different but compatible",
        f"{len(report.disagreements)} lock files that disagree",
        f"{len(report.problems)} not read",
    ]
    return f"{report.packages} packages in {report.manifests} manifests: {', '.join(parts)}"


def _share_title(share: Share, *, is_dry_run: bool) -> str:
    count = f"{len(share.plans)} file{'' if len(share.plans) == 1 else 's'}"
    whose = f"{share.owner}'s" if share.owner else "your"
    if share.state == "told":
        return f"not written, {share.owner or 'nobody you act for'}: {count}: {share.why}"
    if share.state == "patch":
        kept = "would be kept" if is_dry_run else "kept"
        return f"a patch of {count} {kept} for {share.owner} ({share.why})"
    return f"{'would write' if is_dry_run else 'wrote'} {count} in {whose} worktree {share.worktree}"


def _edits(share: Share) -> list[str]:
    return [
        f"  {show_path(plan.path)}:{edit.line}  {edit.package}  {_plain(edit.before)} → {_plain(edit.after)}"
        for plan in share.plans
        for edit in plan.edits
    ]


def _left(each: Left) -> str:
    return f"{show_path(each.path)}:{each.line} {each.package} {_plain(each.constraint)}: {each.why}"


def _command(each: Stale) -> str:
    return each.command if each.directory == "." else f"cd {shlex.quote(each.directory)} && {each.command}"


def _plain(text: str) -> str:
    return show_path(os.fsencode(text))


def _difference_json(each: Difference, service_of: ServiceOf) -> dict[str, object]:
    return {
        "ecosystem": each.ecosystem,
        "package": each.package,
        "conflict": each.is_conflict,
        "common": {"state": each.common.state, "example": each.common.example},
        "newest": each.newest[1] if each.newest else None,
        "constraints": [
            {
                "constraint": asked.text,
                "services": list(dict.fromkeys(service_of(use.path) for use in asked.uses)),
                "agents": list(dict.fromkeys(use.by for use in asked.uses if use.by != BASE)),
                "uses": [_use_json(use, service_of) for use in asked.uses],
            }
            for asked in each.asked
        ],
    }


def _use_json(use: Use, service_of: ServiceOf) -> dict[str, object]:
    wanted = use.wanted
    return {
        "path": json_path(use.path),
        "line": wanted.line,
        "service": service_of(use.path),
        "by": use.by,
        "constraint": wanted.constraint or None,
        "source": wanted.source or None,
        "table": wanted.table or None,
        "marker": wanted.marker or None,
    }


def _disagreement_json(each: Disagreement) -> dict[str, object]:
    use = each.use
    return {
        "kind": each.kind,
        "ecosystem": each.ecosystem,
        "package": each.package,
        "constraint": use.wanted.constraint if use else None,
        "manifest": json_path(use.path) if use else None,
        "line": use.wanted.line if use else None,
        "locks": [{"path": json_path(one.path), "by": one.by, "versions": list(one.versions)} for one in each.locked],
    }


def _problem_json(each: Problem) -> dict[str, object]:
    return {"path": json_path(each.path), "line": each.unread.line, "by": each.by, "reason": each.unread.why}


def _share_json(share: Share) -> dict[str, object]:
    return {
        "owner": share.owner,
        "state": share.state,
        "worktree": str(share.worktree) if share.worktree else None,
        "patch": str(share.patch) if share.patch else None,
        "reason": share.why or None,
        "files": [
            {"path": json_path(plan.path), "edits": [_edit_json(edit) for edit in plan.edits]} for plan in share.plans
        ],
    }


def _edit_json(edit: Edit) -> dict[str, object]:
    return {"package": edit.package, "line": edit.line, "before": edit.before, "after": edit.after}


def _left_json(each: Left) -> dict[str, object]:
    return {
        "path": json_path(each.path),
        "line": each.line,
        "package": each.package,
        "constraint": each.constraint,
        "reason": each.why,
    }
