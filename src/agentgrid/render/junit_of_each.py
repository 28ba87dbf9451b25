"""The results of `each` as JUnit XML, as CI servers read it: one suite, a case an agent."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from agentgrid.work.each.outcome import EachReport, Outcome

# What XML 1.0 can't hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(report: EachReport) -> bytes:
    """A failing command is a failure; one that was ended, or couldn't be started, is an error."""
    top = Element("testsuites")
    kinds = [_kind(each) for each in report.outcomes]
    suite = SubElement(
        top,
        "testsuite",
        name="agentgrid each",
        tests=str(len(report.outcomes)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{report.seconds:.3f}",
        timestamp=report.started_at.removesuffix("Z"),
    )
    for each, kind in zip(report.outcomes, kinds, strict=True):
        _add_case(suite, each, kind)
    indent(top)
    text: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add_case(suite: Element, each: Outcome, kind: str | None) -> None:
    case = SubElement(
        suite, "testcase", classname=_clean(each.agent), name=_clean(each.command), time=f"{each.seconds:.3f}"
    )
    if kind == "skipped":
        SubElement(case, kind, message=_clean(each.reason or each.state))
    elif kind is not None:
        message = each.reason or (f"exit code {each.code}" if each.code is not None else each.state)
        found = SubElement(case, kind, message=_clean(message), type=each.state)
        found.text = _clean("\n".join(each.last_lines))
    if each.log is not None:
        SubElement(case, "system-out").text = _clean(f"all of the output: {each.log}")


def _kind(each: Outcome) -> str | None:
    if each.state == "passed":
        return None
    if each.state in {"skipped", "cancelled"}:
        return "skipped"
    return "failure" if each.state == "failed" and each.code is not None else "error"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
