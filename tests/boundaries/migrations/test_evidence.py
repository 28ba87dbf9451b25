"""What the queue's commits say of their migrations can be read back, whatever the paths are."""

from hypothesis import given
from hypothesis import strategies as st

from agentgrid.boundaries.migrations.evidence import Evidence, digest_of, read_evidence, write_evidence


@given(st.lists(st.binary(min_size=1, max_size=30).filter(lambda path: b"\0" not in path), min_size=1, max_size=3))
def test_what_is_written_is_read_back(paths: list[bytes]) -> None:
    said = [Evidence(f"m{at}", "main", at, digest_of(path), path) for at, path in enumerate(paths, 1)]

    message = b"Subject\n\n" + b"\n".join(map(write_evidence, said)) + b"\n"

    assert read_evidence(message) == said


def test_a_line_that_only_looks_so_says_nothing() -> None:
    assert read_evidence(b'Agentgrid-Migration: m1 main 7 abc "x"\n') == []
    assert read_evidence(b"see Agentgrid-Migration: m1 main 7 " + b"a" * 64 + b' "x"\n') == []
