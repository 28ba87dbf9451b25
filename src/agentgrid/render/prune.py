"""prune: what would go and what stays, and what went; how to get back what can be got back."""

from agentgrid.config.units import format_size
from agentgrid.git.paths import short_path
from agentgrid.workspace.prune.kept import KeptFiles, KeptRef
from agentgrid.workspace.prune.landed import Candidate
from agentgrid.workspace.prune.pruning import Pruned, PrunePlan


def render_prune_plan(plan: PrunePlan) -> str:
    """Worktrees first, then what would really be deleted, then what is kept."""
    lines = [f"would take down {_name(each)}: landed, {format_size(each.size_bytes)}" for each in plan.going]
    lines += [f"stays: {_name(each)}: {'; '.join(each.reasons)}" for each in plan.staying]
    if plan.refs or plan.files:
        lines.append("would really delete, older than was asked for:")
        lines += [f"  {each.ref}{_only_here(each)}" for each in plan.refs]
        lines += [f"  {short_path(each.path)}: {format_size(each.size_bytes)}" for each in plan.files]
    kept = plan.kept
    lines.append(
        f"kept of removed worktrees: {_count(len(kept.refs), 'rescue ref')} ({format_size(kept.refs_bytes)}), "
        f"{_count(len(kept.files), 'directory', 'directories')} in the trash ({format_size(kept.files_bytes)})"
    )
    if (kept.refs or kept.files) and not (plan.refs or plan.files):
        lines.append("nothing of that is deleted without --older-than, as in --older-than 14d")
    return "\n".join(lines)


def prune_plan_as_json(plan: PrunePlan) -> dict[str, object]:
    return {
        "worktrees": [_candidate_as_json(each) for each in plan.going],
        "staying": [_candidate_as_json(each) for each in plan.staying],
        "delete": {
            "refs": [_ref_as_json(each) for each in plan.refs],
            "refs_bytes": plan.refs_bytes,
            "trash": [_files_as_json(each) for each in plan.files],
            "trash_bytes": sum(each.size_bytes for each in plan.files),
        },
        "kept": {
            "refs": len(plan.kept.refs),
            "refs_bytes": plan.kept.refs_bytes,
            "trash": len(plan.kept.files),
            "trash_bytes": plan.kept.files_bytes,
        },
    }


def render_pruned(done: Pruned) -> str:
    lines: list[str] = []
    for each in done.removed:
        lines.append(f"removed: {each.path}" + (f", branch {each.branch}" if each.branch else ""))
        lines += [f"  to bring it back: {each.restore}"] if each.restore else []
        lines += [f"  its ignored files: {each.trash}"] if each.trash else []
    lines += [f"deleted: {each.path}" for each in done.files]
    lines += [f"deleted: {each.ref}" for each in done.refs]
    if any(each.only_here for each in done.refs):
        lines.append("until git collects garbage, a deleted ref comes back by:")
        lines += [f"  {each.restore}" for each in done.refs if each.only_here]
    lines += [f"left: {what}: {why}" for what, why in done.failed]
    trashed = f", {format_size(done.trashed_bytes)} moved to the trash" if done.trashed_bytes else ""
    return "\n".join([*lines, f"freed {format_size(done.freed_bytes)}{trashed}"])


def pruned_as_json(done: Pruned) -> dict[str, object]:
    return {
        "removed": [
            {
                "agent": each.agent,
                "path": str(each.path),
                "branch": each.branch,
                "rescue": each.rescue.ref if each.rescue else None,
                "trash": str(each.trash) if each.trash else None,
                "restore": each.restore,
            }
            for each in done.removed
        ],
        "deleted": {
            "refs": [_ref_as_json(each) for each in done.refs],
            "trash": [_files_as_json(each) for each in done.files],
        },
        "failed": [{"what": what, "why": why} for what, why in done.failed],
        "freed_bytes": done.freed_bytes,
        "trashed_bytes": done.trashed_bytes,
    }


def _name(each: Candidate) -> str:
    branch = f" on {each.plan.desk.branch}" if each.plan.desk.branch else ""
    return f"{each.agent} in {short_path(each.path)}{branch}"


def _only_here(ref: KeptRef) -> str:
    return f": {_count(ref.only_here, 'commit')} that nothing else has" if ref.only_here else ": nothing of its own"


def _candidate_as_json(each: Candidate) -> dict[str, object]:
    return {
        "agent": each.agent,
        "path": str(each.path),
        "branch": each.plan.desk.branch,
        "sub": each.is_sub,
        "bytes": each.size_bytes,
        "ignored_bytes": each.plan.ignored_bytes,
        "reasons": list(each.reasons),
    }


def _ref_as_json(ref: KeptRef) -> dict[str, object]:
    at = ref.at.strftime("%Y-%m-%dT%H:%M:%SZ") if ref.at else None
    return {"ref": ref.ref, "oid": ref.oid, "at": at, "only_here": ref.only_here, "restore": ref.restore}


def _files_as_json(files: KeptFiles) -> dict[str, object]:
    return {"path": str(files.path), "at": files.at.strftime("%Y-%m-%dT%H:%M:%SZ"), "bytes": files.size_bytes}


def _count(number: int, word: str, words: str | None = None) -> str:
    return f"{number} {word if number == 1 else words or word + 's'}"
