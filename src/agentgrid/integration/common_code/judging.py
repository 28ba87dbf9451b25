"""Whether a break is let through: by the version, and by what was said before. Pure."""

from agentgrid.config.schema import CommonCode
from agentgrid.integration.common_code.model import Break, Judged, PackageVersion, Standing
from agentgrid.integration.common_code.versions import may_break, next_version


def judge_break(broken: Break, version: PackageVersion, wanted: CommonCode, *, has_warned: bool) -> Judged:
    """`has_warned`: whether what is gone warned of it, as it was on the base."""
    standing = _judge_version(version, wanted)
    if (
        standing in {"allowed", "unversioned"}
        and wanted.deprecation == "required"
        and broken.is_gone
        and not has_warned
    ):
        standing = "no-deprecation"
    least = next_version(version.before) if version.before is not None else None
    return Judged(broken, version, standing, least)


def _judge_version(version: PackageVersion, wanted: CommonCode) -> Standing:
    if version.path is None:
        return "unversioned" if wanted.version == "optional" else "same-version"
    if version.is_lost:
        return "same-version"
    if version.problem:
        return "unknown-version"
    if version.before is None or version.after is None:
        return "allowed"  # nothing was promised before
    return "allowed" if may_break(version.before, version.after) else "same-version"
