"""How `check` answers: for people, as JSON, or in the format of a CI server."""

import os
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agentgrid.boundaries.findings import CheckReport

Format = Literal["text", "json", "github", "gitlab", "sarif", "junit"]


def give_report(report: "CheckReport", form: Format) -> None:
    """Prints the report. For GitHub, also adds the table of findings to the step's summary, where there is one."""
    from agentgrid.render.streams import answer

    answer(_render(report, form))
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if form == "github" and place:
        _add_to_summary(report, place)


def _render(report: "CheckReport", form: Format) -> str:
    if form == "json":
        from agentgrid.render.envelope import render_answer

        return render_answer("check", report.as_json())
    if form == "github":
        from agentgrid.render.ci.github import render_github

        return render_github(report)
    if form == "gitlab":
        from agentgrid.render.ci.gitlab import render_gitlab

        return render_gitlab(report)
    if form == "sarif":
        from agentgrid.render.ci.sarif import render_sarif

        return render_sarif(report)
    if form == "junit":
        from agentgrid.render.ci.junit import render_junit

        return render_junit(report)
    from agentgrid.render.findings import render_report

    return render_report(report)


def _add_to_summary(report: "CheckReport", place: str) -> None:
    """A summary that can't be written changes nothing of the answer."""
    from agentgrid.render.ci.github_summary import SUMMARY_BYTES, render_summary
    from agentgrid.render.streams import note

    try:
        with open(place, "ab") as stream:
            stream.write(render_summary(report, room=SUMMARY_BYTES - stream.tell()).encode("utf-8", "replace"))
    except OSError as error:
        note(f"warning: the step's summary can't be written: {error.strerror}")
