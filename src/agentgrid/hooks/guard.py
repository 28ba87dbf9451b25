"""The whole guard, run by a hook when the fast way could not say yes: the exact verdict, in words.

It fails closed: any error is a refusal of one line.
"""

from collections.abc import Callable, Sequence

from agentgrid.errors import AgentGridError
from agentgrid.hooks.dialects.names import DIALECTS
from agentgrid.hooks.failing import one_line, where_details_are
from agentgrid.render.streams import note

Point = Callable[[str, Sequence[str]], int]


def run_hook(arguments: list[str]) -> int:
    """`agentgrid hook NAME …`, called by git through the dispatcher, or by the client of a coding agent. Returns 0 (go
    on) or the code of a refusal; to a client the answer is what is printed."""
    name = arguments[0] if arguments else ""
    if name in DIALECTS:
        from agentgrid.hooks.edit_point import run_edit_point

        return run_edit_point(name, arguments[1:])
    points = _points()
    if name not in points:
        note(f"agentgrid: unknown hook {name!r} (accepted: {', '.join((*points, *DIALECTS))})")
        return 2
    try:
        return points[name](name, arguments[1:])
    except AgentGridError as error:
        note(f"agentgrid: refused: {one_line(error.message)}")
        if error.hint:
            note(f"hint: {error.hint}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        note(f"agentgrid: refused: the guard failed ({type(error).__name__}: {one_line(str(error))})")
        note(f"hint: this is a bug; {where_details_are(error)}")
        return 70


def _points() -> dict[str, Point]:
    from agentgrid.hooks.checkout_point import equip_checkout
    from agentgrid.hooks.commit_point import end_leases, guard_commit
    from agentgrid.hooks.message_point import run_message_point
    from agentgrid.hooks.push_point import guard_push
    from agentgrid.hooks.receive_point import guard_receive
    from agentgrid.hooks.ref_point import guard_updates
    from agentgrid.hooks.sibling_point import mind_siblings

    return {
        "pre-commit": guard_commit,
        "pre-merge-commit": guard_commit,
        "prepare-commit-msg": run_message_point,
        "commit-msg": run_message_point,
        "reference-transaction": guard_updates,
        "pre-push": guard_push,
        "pre-receive": guard_receive,
        "post-commit": end_leases,
        "post-checkout": equip_checkout,
        "siblings": mind_siblings,
    }
