"""A compose file that was rendered: its text, or where it is."""

from pathlib import Path

from agentgrid.workspace.compose.file import ComposeFile


def render_written(drawn: ComposeFile, output: Path | None, *, changed: bool, is_planned: bool) -> str:
    if output is None:
        return drawn.text.rstrip("\n")
    what = ", ".join([*drawn.agents, *drawn.services])
    if is_planned:
        return f"would write {output}: {what}"
    return f"{'written' if changed else 'as it should be'}: {output}: {what}"
