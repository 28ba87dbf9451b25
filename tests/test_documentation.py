"""What the documentation shows works: each command of README.md and docs/ is run, in order, in a sample repository."""

import os
import re
import sys
from pathlib import Path

import pytest

from support.documented_commands import read_blocks, run_blocks
from support.sample_repository import build_sample_repository

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The repository that a reader of the documentation stands in."""
    return build_sample_repository(tmp_path / "code" / "shop", files=800, commits=40)


@pytest.fixture
def environment() -> dict[str, str]:
    """The test's environment with the commands of this installation first on PATH."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_a_document_shows_does_what_it_says(
    document: Path, shop: Path, environment: dict[str, str]
) -> None:
    assert run_blocks(read_blocks(document), shop, environment, timeout_s=300) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_command_that_is_not_run_has_a_reason(document: Path) -> None:
    blocks = read_blocks(document)

    assert [block.place for block in blocks if not block.is_run and not block.has_reason] == []


def test_the_readme_shows_its_two_set_up_commands_and_most_others_are_run() -> None:
    blocks = read_blocks(ROOT / "README.md")
    shown = [command.text.split("#")[0].strip() for block in blocks if not block.is_run for command in block.commands]
    run = [command for block in blocks if block.is_run for command in block.commands]

    assert {"scripts/quickstart", "scripts/test"} <= set(shown)
    assert len(run) > len(shown)


def test_every_line_that_looks_like_a_command_stands_in_a_console_block() -> None:
    """A fence that almost says console would silently not be run."""
    misspelt = [
        f"{document.name}:{number}"
        for document in DOCUMENTS
        for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), 1)
        if line.lstrip().startswith("$ ") and not _is_in_console(document, number)
    ]

    assert misspelt == []


def _is_in_console(document: Path, number: int) -> bool:
    lines = {int(command.place.rsplit(":", 1)[1]) for block in read_blocks(document) for command in block.commands}
    return number in lines


# The twins: the same machinery on small documents with something wrong in them.


def write_document(tmp_path: Path, text: str) -> Path:
    document = tmp_path / "page.md"
    document.write_text(text, encoding="utf-8")
    return document


def faults_of(tmp_path: Path, text: str) -> list[str]:
    return run_blocks(read_blocks(write_document(tmp_path, text)), tmp_path, os.environ, timeout_s=30)


def test_a_document_whose_commands_work_has_no_faults(tmp_path: Path) -> None:
    text = """\
```console
$ mkdir made && cd made
$ pwd
somewhere
$ exit_of() { return "$1"; }
```

1. In a list, in the same shell:

   ```console check
   $ basename "$PWD"
   made
   $ exit_of 3  # exit 3
   $ printf '%s\\n' one \\
   >   two three
   one
   ...
   three
   ```
"""
    assert faults_of(tmp_path, text) == []


def test_a_command_that_fails_is_found(tmp_path: Path) -> None:
    text = "```console\n$ true\n$ ls /nowhere-at-all\n$ true\n```\n"

    [fault] = faults_of(tmp_path, text)

    assert re.match(r"page\.md:3: `ls /nowhere-at-all`: exit [12], not 0\n.*No such file", fault)


def test_a_command_that_should_fail_and_does_not_is_found(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "```console\n$ true # exit 1\n```\n") == ["page.md:2: `true # exit 1`: exit 0, not 1\n"]


def test_an_output_that_has_changed_is_found_only_where_it_is_checked(tmp_path: Path) -> None:
    block = "```console{}\n$ echo new\nold\n```\n"

    assert faults_of(tmp_path, block.format("")) == []
    assert faults_of(tmp_path, block.format(" check")) == ["page.md:2: `echo new` printed\nnew\n\ninstead of\nold"]


def test_commands_after_one_that_ends_the_shell_are_found(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "```console\n$ exit 0\n$ true\n```\n")

    assert [fault.split(": `")[0] for fault in faults] == ["page.md:2", "page.md:3"]


def test_a_command_that_does_not_parse_spoils_no_other(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, "```console\n$ echo 'open\n$ true\n```\n")

    assert re.match(r"page\.md:2: `echo 'open`: exit [12], not 0\n", fault)


@pytest.mark.parametrize(
    ("text", "has_reason"),
    [
        ("```console norun\n$ scripts/test\n```\n", False),
        ("```console norun\n$ scripts/test  # it would run itself\n```\n", True),
        ("<!-- it would run itself -->\n```console norun\n$ scripts/test\n```\n", True),
        ("```console norun\n$ false # exit 1\n```\n", False),
    ],
)
def test_a_block_that_is_not_run_must_say_why(tmp_path: Path, text: str, has_reason: bool) -> None:
    [block] = read_blocks(write_document(tmp_path, text))

    assert (block.is_run, block.has_reason) == (False, has_reason)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```console norn\n$ true\n```\n", "page.md:1: a console block is plain, `check` or `norun`, not 'norn'"),
        ("```console\n$ true\n", "page.md:1: the block is never closed"),
    ],
)
def test_a_block_that_cannot_be_understood_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^page\.md:1: ") as raised:
        read_blocks(write_document(tmp_path, text))

    assert str(raised.value) == message
