"""The tree of patterns against one alternation regex and against pathspec in pure Python: 500 rules, 10,000 paths.

All three answer the same question, which rule is the last to match; the answers are compared before the clock runs.
"""

import random
import re
from collections.abc import Callable, Sequence

from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from agentgrid.boundaries.patterns.matching import Matcher
from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.boundaries.patterns.trie import build_trie
from bench_support.harness import Contender, CouldNotRun, Experiment, Target
from bench_support.workshop import Workshop
from support.sample_tree import plan_tree

RULES, PATHS = 500, 10_000
NO_RULE = -1
TRIE, ALTERNATION, PATHSPEC = "agentgrid's tree", "one alternation regex", "pathspec, pure Python"
Answer = Callable[[], list[int]]


def prepare(workshop: Workshop) -> list[Experiment]:
    count = 2_000 if workshop.quick else PATHS
    paths = sorted(plan_tree(PATHS, seed=3).all_files())
    random.Random(3).shuffle(paths)
    targets = [Target("#12", TRIE, ALTERNATION, 0.25), Target("#12", TRIE, PATHSPEC, 1 / 20)]
    return [
        _race(workshop, "as people write them", choose_rules(paths, anywhere=4), paths[:count], targets),
        _race(workshop, "24 of them match at any depth", choose_rules(paths, anywhere=24), paths[:count], []),
    ]


def choose_rules(paths: Sequence[str], *, anywhere: int) -> list[str]:
    """Rules that match in `paths`: mostly folders, one in eight a kind of file in a folder, a quarter single files,
    and `anywhere` that any path could match (even; they cost a comparison a path each)."""
    folders = sorted({path.rsplit("/", 1)[0] for path in paths if path.count("/") >= 3})
    random.Random(4).shuffle(folders)
    kinds, files = RULES // 8, RULES // 4
    rules = [f"services/**/test_*_{number}.py" for number in range(anywhere // 2)]
    rules += [f"**/list_*_{number}.py" for number in range(anywhere // 2)]
    rules += [f"{folder}/**" for folder in folders[: RULES - kinds - files - anywhere]]
    rules += [f"{folder}/*.py" for folder in folders[-kinds:]]
    return rules + [path for path in paths if path.endswith(".py")][: RULES - len(rules)]


def _race(
    workshop: Workshop, title: str, rules: list[str], paths: Sequence[str], targets: Sequence[Target]
) -> Experiment:
    answers = {TRIE: _trie(rules, paths), ALTERNATION: _alternation(rules, paths), PATHSPEC: _pathspec(rules, paths)}
    _require_one_answer(answers, paths)
    return Experiment(
        f"matching: {len(rules)} rules ({title}), {len(paths)} paths",
        [Contender(name, answer) for name, answer in answers.items()],
        targets,
        workshop.rounds(7),
        per=(len(paths), "path"),
    )


def _trie(rules: list[str], paths: Sequence[str]) -> Answer:
    nodes = build_trie((number, parse_pattern(rule)) for number, rule in enumerate(rules))
    encoded = [path.encode() for path in paths]

    def answer() -> list[int]:
        hits = Matcher(nodes).hits  # a new one each time: what it learns of directories is part of the work
        return [max(hits(path), default=NO_RULE) for path in encoded]

    return answer


def _alternation(rules: list[str], paths: Sequence[str]) -> Answer:
    regexes = [str(GitIgnoreSpecPattern.pattern_to_regex(rule)[0]).replace("(?P<ps_d>", "(?:") for rule in rules]
    compiled = re.compile("|".join(f"({regex})" for regex in reversed(regexes)))
    last = len(rules)

    def answer() -> list[int]:
        found = map(compiled.match, paths)
        return [NO_RULE if match is None else last - (match.lastindex or 0) for match in found]

    return answer


def _pathspec(rules: list[str], paths: Sequence[str]) -> Answer:
    spec = PathSpec.from_lines("gitignore", rules, backend="simple")

    def answer() -> list[int]:
        found = (spec.check_file(path).index for path in paths)
        return [NO_RULE if index is None else index for index in found]

    return answer


def _require_one_answer(answers: dict[str, Answer], paths: Sequence[str]) -> None:
    ours = answers[TRIE]()
    if len(set(ours)) < RULES // 4:
        raise CouldNotRun("too few of the rules match anything")
    for name, answer in answers.items():
        different = [(path, a, b) for path, a, b in zip(paths, ours, answer(), strict=True) if a != b]
        if different:
            raise CouldNotRun(f"{name} answers otherwise for {len(different)} paths, such as {different[0]}")
