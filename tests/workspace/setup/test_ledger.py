"""Where the next run begins."""

from pathlib import Path

import pytest

from agentgrid.workspace.setup.commands import SetupCommand
from agentgrid.workspace.setup.ledger import Ledger, count_done, read_ledger, write_ledger


def commands(*texts: str) -> list[SetupCommand]:
    return [SetupCommand(text, "agentgrid.yaml") for text in texts]


@pytest.mark.parametrize(
    ("done", "wanted", "count"),
    [
        ((), ("a", "b"), 0),
        (("a",), ("a", "b"), 1),
        (("a", "b"), ("a", "b"), 2),
        (("a", "b"), ("a", "b", "c"), 2),
        (("a", "b"), ("a2", "b"), 0),
        (("a", "b", "c"), ("a", "b2", "c"), 1),
        (("a", "b"), ("a",), 1),
        (("a",), ("a", "a"), 1),
    ],
)
def test_what_succeeded_with_the_same_text_counts_up_to_the_first_change(
    done: tuple[str, ...], wanted: tuple[str, ...], count: int
) -> None:
    ledger = Ledger(tuple(each.fingerprint for each in commands(*done)))
    assert count_done(ledger, commands(*wanted)) == count


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"done": 1, "finished": true}', b'{"finished": true}'])
def test_a_damaged_ledger_says_that_nothing_is_done(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "agentgrid-setup").write_bytes(content)
    assert read_ledger(tmp_path) == Ledger()


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_ledger(tmp_path, Ledger(("ab", "cd"), is_finished=True))
    assert read_ledger(tmp_path) == Ledger(("ab", "cd"), is_finished=True)
