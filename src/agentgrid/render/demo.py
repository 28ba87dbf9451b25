"""The demo's closing table."""

import shlex

from agentgrid.onboarding.demo import Demo, Played
from agentgrid.render.tables import Cell, render_table


def render_demo(demo: Demo) -> str:
    rows = [_row(number, each) for number, each in enumerate(demo.played, start=1)]
    table = render_table(("", "who", "did what", "git said", "because"), rows)
    wrong = [str(number) for number, each in enumerate(demo.played, start=1) if not each.is_as_expected]
    verdict = f"NOT as it should be: {', '.join(wrong)}" if wrong else "every one as it should be"
    look = f"look around: cd {shlex.quote(str(demo.directory))} && agentgrid status"
    return f"{table}\n\n{len(demo.played)} scenes, {verdict}\n{look}"


def demo_as_json(demo: Demo) -> dict[str, object]:
    scenes = [
        {
            "who": each.scene.who,
            "what": each.scene.what,
            "expected": "allowed" if each.scene.should_pass else "refused",
            "outcome": "allowed" if each.outcome.is_allowed else "refused",
            "said": each.outcome.said,
        }
        for each in demo.played
    ]
    return {"directory": str(demo.directory), "scenes": scenes, "as_expected": demo.went_as_expected}


def _row(number: int, each: Played) -> list[Cell]:
    word = "allowed" if each.outcome.is_allowed else "refused"
    style = "green" if each.outcome.is_allowed else "red"
    outcome: Cell = (word, style) if each.is_as_expected else (f"{word} (WRONG)", "bold white on red")
    return [str(number), (each.scene.who, "bold"), each.scene.what, outcome, each.outcome.said]
