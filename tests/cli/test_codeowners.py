"""`map --export codeowners` and `map --import FILE` as commands: what is printed, exit codes, bad input."""

from pathlib import Path

import pytest

from support.golden import require_golden, same_everywhere
from support.program import InitialisedGrid, agentgrid

GOLDEN = Path(__file__).parent / "golden"
OWNERS = """\
*            @org/all
/services/orders/     @org/orders   # the team of a2
/services/common/     @org/orders @org/billing
/services/common/gen
docs/*       writer@example.com
"""


@pytest.fixture
def named(small_grid: InitialisedGrid) -> InitialisedGrid:
    """The grid with handles for everything that it says, landed on the base."""
    main = small_grid.main
    owners = {"a1": "@org/billing", "a2": "@org/orders"}
    files = {f"config/agents/{agent}.yaml": f'codeowners: "{handle}"\n' for agent, handle in owners.items()}
    files["agentgrid.yaml"] = 'codeowners: {common: "@org/shared", frozen: []}\n'
    for name, line in files.items():
        main.write(name, (main.path / name).read_text(encoding="utf-8") + line)
    main.commit("Name code owners")
    return small_grid


def test_the_export_is_a_whole_file(named: InitialisedGrid) -> None:
    answer = agentgrid(named.main, "map", "--export", "codeowners")

    assert (answer.code, answer.err) == (0, "")
    require_golden(GOLDEN / "map-export.txt", answer.out)


def test_the_export_as_json_has_the_lines_and_the_text(named: InitialisedGrid) -> None:
    data = agentgrid(named.main, "map", "--export", "codeowners", "--json").data

    assert {"pattern": "/services/orders/", "owners": ["@org/orders"]} in data["lines"]
    assert data["text"] == agentgrid(named.main, "map", "--export", "codeowners").out


def test_an_export_without_handles_lists_every_key_to_set(small_grid: InitialisedGrid) -> None:
    answer = agentgrid(small_grid.main, "map", "--export", "codeowners", "--json")

    assert answer.code == 2
    problems = answer.error["details"]["problems"]
    assert [(each["file"], each["key"]) for each in problems] == [
        ("config/agents/a1.yaml", "codeowners"), ("config/agents/a2.yaml", "codeowners"),
        ("agentgrid.yaml", "codeowners.common"), ("agentgrid.yaml", "codeowners.frozen"),
    ]  # fmt: skip


def test_a_dry_run_shows_the_agents_and_their_files_and_writes_nothing(small_grid: InitialisedGrid) -> None:
    small_grid.main.write(".github/CODEOWNERS", OWNERS)
    before = small_grid.main.git("status", "--porcelain")

    answer = agentgrid(small_grid.main, "map", "--import", ".", "--dry-run")

    assert (answer.code, answer.err) == (0, "")
    assert small_grid.main.git("status", "--porcelain") == before
    require_golden(GOLDEN / "map-import-dry-run.txt", same_everywhere(answer.out, {}))


def test_an_import_writes_new_files_and_leaves_the_others_with_exit_code_1(named: InitialisedGrid) -> None:
    named.main.write(".github/CODEOWNERS", OWNERS)

    answer = agentgrid(named.main, "map", "--import", ".github/CODEOWNERS")

    assert (answer.code, answer.err) == (1, "")
    assert named.main.git("status", "--porcelain", "config").splitlines() == [
        "?? config/agents/all.yaml", "?? config/agents/writer.yaml",
    ]  # fmt: skip
    require_golden(GOLDEN / "map-import.txt", same_everywhere(answer.out, {}))


def test_a_grid_reads_its_own_export_back_as_what_it_is(named: InitialisedGrid) -> None:
    exported = agentgrid(named.main, "map", "--export", "codeowners").out
    named.main.write("CODEOWNERS", exported)

    answer = agentgrid(named.main, "map", "--import", "CODEOWNERS", "--json")

    assert (answer.code, answer.data["same"], answer.data["files"], answer.data["left"]) == (0, ["a1", "a2"], [], [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[Docs] @a\n!x @b\n", "CODEOWNERS:1: '[Docs]' is a section of GitLab"),
        (b"\x7fELF\0\0", "CODEOWNERS:1: a NUL byte: this is no text"),
        (b"# \xff\n", "CODEOWNERS:1: the file is not UTF-8"),
        (b"/x @a\n" * 900_000, "CODEOWNERS has 3 MB or more"),
    ],
)
def test_a_file_that_can_not_be_read_is_exit_code_2_with_its_line(
    small_grid: InitialisedGrid, content: bytes, message: str
) -> None:
    (small_grid.main.path / "CODEOWNERS").write_bytes(content)

    answer = agentgrid(small_grid.main, "map", "--import", "CODEOWNERS")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"agentgrid: {message}")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--import", "nowhere"), "nowhere can't be read: No such file or directory"),
        (("--import", "services"), "there is no CODEOWNERS in services"),
        (("--import", "x", "--export", "codeowners"), "--export and --import are two commands"),
        (
            ("--export", "codeowners", "--tree"),
            "--export and --import don't go with --tree, --share, --unowned or --at",
        ),
        (("--dry-run",), "--dry-run goes with --import; the map changes nothing"),
    ],
)
def test_wrong_usage_is_exit_code_2(small_grid: InitialisedGrid, arguments: tuple[str, ...], message: str) -> None:
    answer = agentgrid(small_grid.main, "map", *arguments)

    assert (answer.code, answer.err.splitlines()[0]) == (2, f"agentgrid: {message}")
