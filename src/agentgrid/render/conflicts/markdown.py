"""`conflicts --markdown`, and what a report tells of them: a verdict, a table of the worst pairs, the rest folded."""

from collections.abc import Mapping, Sequence

from agentgrid.git.paths import show_path
from agentgrid.insight.conflict_view import BAD_LEVELS, ConflictView, MatrixRow
from agentgrid.integration.conflicts.model import LEVELS, Level, Meeting, Pair
from agentgrid.render.conflicts.order_words import show_cost, tell_clash
from agentgrid.render.conflicts.signs import UNICODE, WORDS
from agentgrid.render.conflicts.worst_pairs import show_hunk, show_sides
from agentgrid.render.markdown import code, details, path_code, plain, table

MARKS: dict[Level | None, str] = {
    "clean": "·", "same-file": "🟦", "adjacent": "🟨", "overlap": "🟧", "conflict": "❌", "unknown": "❓", None: " ",
}  # fmt: skip
_MOST_ROWS = 20
_MOST_FILES = 3
_MOST_HUNKS = 3
_WIDEST_MATRIX = 15


def render_conflicts_markdown(view: ConflictView) -> str:
    """A whole document."""
    parts = [f"## Conflicts\n\n{tell_verdict(view)}", *tell_conflicts(view)]
    return "\n\n".join(parts)


def tell_verdict(view: ConflictView) -> str:
    """One sentence: what stands between these branches and the base."""
    base = f"{code(view.report.base_branch)} at {code(view.report.base_oid[:10])}"
    agents = f"{len(view.rows)} agent{'' if len(view.rows) == 1 else 's'} on {base}"
    if view.is_clean:
        return f"✅ {agents}: all of it can land as it is."
    found = " and ".join(f"**{text}**" for text in count_bad(view.counts)) or "**conflicts once all come together**"
    return f"❌ {agents}: {found} among {sum(view.counts.values())} pairs."


def count_bad(counts: Mapping[Level, int]) -> list[str]:
    """`2 conflicts`, `1 unknown`: of what somebody has to look at."""
    told = [
        (counts["conflict"], "conflict" if counts["conflict"] == 1 else "conflicts"),
        (counts["unknown"], "unknown"),
    ]
    return [f"{count} {word}" for count, word in told if count]


def tell_conflicts(view: ConflictView) -> list[str]:
    """The worst pairs, the matrix, the order and what isn't known."""
    bad = [pair for pair in view.worst if pair.level in BAD_LEVELS]
    rest = [pair for pair in view.worst if pair.level not in BAD_LEVELS]
    parts = [*([tell_pairs(bad)] if bad else []), *tell_order(view)]
    parts += [f"❓ {plain(work.agent)}: {plain(work.problem or '')}" for work in view.problems]
    if rest:
        parts.append(details(f"{len(rest)} pairs that git merges and that meet in a file", tell_pairs(rest)))
    if 1 < len(view.rows) <= _WIDEST_MATRIX:
        parts.append(details("Matrix", f"{_tell_matrix(view.rows)}\n\n{_tell_legend()}"))
    return parts


def tell_pairs(pairs: Sequence[Pair]) -> str:
    """A row a pair: its level, its files with the lines of both sides."""
    rows = [
        (f"{MARKS[pair.level]} {WORDS[pair.level]}", plain(show_sides(pair, UNICODE.times)), _tell_files(pair))
        for pair in pairs[:_MOST_ROWS]
    ]
    more = f"\n\n… and {len(pairs) - _MOST_ROWS} more pairs." if len(pairs) > _MOST_ROWS else ""
    return table(("level", "pair", "where"), rows) + more


def tell_order(view: ConflictView) -> list[str]:
    """The proposed order with its cost, and who won't merge in it."""
    if view.order is None or not view.order.agents:
        return []
    agents = " → ".join(plain(each.agent) for each in view.stations)
    clashes = [
        f"- ⚠️ {plain(each.agent)} {plain(tell_clash(each, view.stations))}: "
        + ", ".join(path_code(path) for path in each.clashes)
        for each in view.stations
        if each.clashes
    ]
    return [
        "\n".join([f"**Order to land in** ({show_cost(view.order)}): {agents}", *(["", *clashes] if clashes else [])])
    ]


def _tell_files(pair: Pair) -> str:
    told = [_tell_file(pair, each) for each in pair.files[:_MOST_FILES]]
    told += [f"… and {len(pair.files) - _MOST_FILES} more files"] if len(pair.files) > _MOST_FILES else []
    told += [plain(show_path(pair.problem.encode()))] if pair.problem else []
    return "<br>".join(told)


def _tell_file(pair: Pair, meeting: Meeting) -> str:
    hunks = [plain(show_hunk(pair, hunk, UNICODE)) for hunk in meeting.hunks[:_MOST_HUNKS]]
    hunks += ["…"] if len(meeting.hunks) > _MOST_HUNKS else []
    about = [meeting.kind if meeting.kind != "content" else "", plain(meeting.reason), "; ".join(hunks)]
    return ": ".join([path_code(meeting.path), *([", ".join(filter(None, about))] if any(about) else [])])


def _tell_matrix(rows: Sequence[MatrixRow]) -> str:
    headers = ["", "base", *(plain(row.work.agent) for row in rows[:-1])]
    lines = [
        [f"**{plain(row.work.agent)}**", MARKS[row.base.level], *(MARKS[cell.level] for cell in row.cells),
         *([""] * (len(rows) - 1 - len(row.cells)))]
        for row in rows
    ]  # fmt: skip
    return table(headers, lines)


def _tell_legend() -> str:
    return " ".join(f"{MARKS[level]} {WORDS[level]}" for level in reversed(LEVELS))
