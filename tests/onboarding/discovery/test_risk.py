"""Risk says how an agent's part collides with the others', from a proposed split or from a written map."""

import pytest

from agentgrid.onboarding.discovery.risk import COMMON, Risk, assess_risk, assess_risks, find_migrations
from support.tree_facts import commits, facts

OWNERS = {"api": "a1", "web": "a2", "db": "a3", "common": COMMON}
FILES = ["api/a.py", "web/a.ts", "common/a.py", "README.md"]


def owner_of(path: str) -> str | None:
    return OWNERS.get(path.partition("/")[0])


@pytest.mark.parametrize(
    ("crossing", "other", "risk"),
    [
        (0, "web/a.ts", Risk("LOW", "isolated: 0% of 100 commits touch anything else")),
        (14, "web/a.ts", Risk("LOW", "isolated: 14% of 100 commits touch anything else")),
        (15, "web/a.ts", Risk("MEDIUM", "15% of 100 commits also touch others' code (most often a2)")),
        (39, "common/a.py", Risk("MEDIUM", "39% of 100 commits also touch others' code (most often common code)")),
        (40, "common/a.py", Risk("HIGH", "40% of 100 commits also touch others' code (most often common code)")),
        (100, "README.md", Risk("LOW", "isolated: 0% of 100 commits touch anything else")),
    ],
)
def test_risk_grows_with_the_share_of_commits_that_touch_what_is_not_ones_own(
    crossing: int, other: str, risk: Risk
) -> None:
    history = [*commits(crossing, "api/a.py", other), *commits(100 - crossing, "api/a.py"), *commits(9, other)]
    assert assess_risk("a1", facts(*FILES, history=history), owner_of) == risk


def test_commits_of_hundreds_of_files_do_not_count() -> None:
    bulk = commits(50, "api/a.py", *(f"web/{number}.ts" for number in range(200)))
    tree = facts(*FILES, history=[*bulk, *commits(5, "api/a.py")])
    assert assess_risk("a1", tree, owner_of) == Risk("LOW", "isolated: 0% of 5 commits touch anything else")


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ([], "no commits in its paths yet: judged from names alone"),
        (commits(1, "api/a.py", "web/a.ts"), "only 1 commit in its paths yet: judged from names alone"),
        (commits(4, "api/a.py", "web/a.ts"), "only 4 commits in its paths yet: judged from names alone"),
    ],
)
def test_too_little_history_is_said(history: list[tuple[str, ...]], reason: str) -> None:
    assert assess_risk("a1", facts(*FILES, history=history), owner_of) == Risk("LOW", reason)


@pytest.mark.parametrize(
    ("paths", "reason"),
    [
        (
            ["db/migrations/001.sql", "db/migrations/002.sql"],
            "owns the database migrations: 2 files below db/migrations",
        ),
        (["db/migrate/2024_x.rb"], "owns the database migrations: 1 file below db/migrate"),
        (
            [
                "db/a/migrations/0001_x.py",
                "db/a/migrations/__init__.py",
                "db/alembic/versions/x.py",
                "db/alembic/env.py",
            ],
            "owns the database migrations: 3 files below db/alembic and 1 more folders",
        ),
        (["db/schema.prisma"], "owns the database schema: db/schema.prisma"),
    ],
)
def test_owning_the_database_is_a_high_risk_whatever_the_history_says(paths: list[str], reason: str) -> None:
    tree = facts(*paths, "web/migrations/001.sql", history=commits(50, paths[0]))
    assert assess_risk("a3", tree, owner_of) == Risk("HIGH", reason)


def test_a_steward_of_common_code_has_at_least_a_medium_risk() -> None:
    isolated = facts(*FILES, history=commits(50, "api/a.py"))
    coupled = facts(*FILES, history=commits(50, "api/a.py", "web/a.ts"))
    patterns = ["common/models/*.py", "common/db.py"]
    assert assess_risk("a1", isolated, owner_of, steward_of=patterns) == Risk(
        "MEDIUM", "steward of common code: common/models/*.py and 1 more"
    )
    assert assess_risk("a1", coupled, owner_of, steward_of=patterns).level == "HIGH"


def test_an_agent_that_owns_nothing_has_a_low_risk() -> None:
    assert assess_risk("a9", facts(*FILES), owner_of) == Risk("LOW", "owns no file yet")


def test_all_agents_are_assessed_and_the_owner_of_a_path_is_asked_once() -> None:
    asked: list[str] = []

    def counting(path: str) -> str | None:
        asked.append(path)
        return owner_of(path)

    tree = facts(*FILES, history=commits(10, "api/a.py"))
    assert assess_risks(tree, ["a1", "a2"], counting, steward_of={"a2": ["common/a.py"]}) == {
        "a1": Risk("LOW", "isolated: 0% of 10 commits touch anything else"),
        "a2": Risk("MEDIUM", "steward of common code: common/a.py"),
    }
    assert sorted(asked) == sorted(FILES)


def test_migrations_are_counted_by_folder() -> None:
    paths = [
        "a/migrations/1.sql",
        "a/migrations/sub/2.sql",
        "migrations/3.ts",
        "a/migrations/README.md",
        "immigration/x.py",
    ]
    assert find_migrations(paths) == {"a/migrations": 2, "migrations": 1}
