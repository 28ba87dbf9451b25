"""`state show` for people."""

from agentgrid.config.units import format_size
from agentgrid.store.inspection import StateReport


def render_state(report: StateReport) -> str:
    lines = [f"state    {report.path}"]
    if report.exists:
        lines += _what_is_there(report)
    else:
        lines.append("         nothing is stored yet")
    lines += [f"fault: {message}\n→ {hint}" for message, hint in report.faults]
    return "\n".join(lines)


def _what_is_there(report: StateReport) -> list[str]:
    lines = [f"size     {format_size(report.size_bytes)}, log {format_size(report.log_bytes)}"]
    if report.version is not None:
        known = "" if report.version == report.latest_version else f" (this program's: {report.latest_version})"
        lines.append(f"tables   version {report.version}{known}, by agentgrid {report.written_by or '?'}")
    if report.journal_mode is not None:
        lines.append(f"journal  {report.journal_mode}")
    if report.rows:
        lines.append("rows     " + ", ".join(f"{table} {count}" for table, count in report.rows.items()))
    return [*lines, f"writing  {_writer(report.writer)}"]


def _writer(pid: int | None) -> str:
    if pid is None:
        return "nobody"
    return f"process {pid}" if pid else "a process that can't be seen from here"
