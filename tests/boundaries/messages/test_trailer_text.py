"""Stamping the text of a message: ours are replaced, others' trailers and every other word stay where they are."""

import subprocess

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agentgrid.boundaries.messages.text import clean, cut_at_scissors, is_unwritten
from agentgrid.boundaries.messages.trailer_text import drop_own, read_trailers, stamp

OURS = [b"Agent: a1", b'Agentgrid-Lock: 7 a1 "/common.py"']
LINES = st.sampled_from([
    "", "", "Subject", "Fix: it", "body text", "Signed-off-by: A <a@b.c>", "Change-Id: I12", "Agent: a2", "Agent: a1",
    'Agentgrid-Lock: 3 a2 "/x"', "  folded", "# comment", "(cherry picked from commit 12)", "agent : a9", ": nothing",
    "Agent: James Bond", "\tindented", "Subject\r", "\r",
])  # fmt: skip
MESSAGES = st.lists(LINES, max_size=14).map("\n".join)


def stamped(text: str, *, keeps_comments: bool = True, ours: list[bytes] = OURS[:1]) -> str:
    return stamp(text.encode(), ours, b"#", keeps_comments=keeps_comments).decode()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Subject", "Subject\n\nAgent: a1\n"),
        ("Subject\n", "Subject\n\nAgent: a1\n"),
        ("Fix: x\n", "Fix: x\n\nAgent: a1\n"),
        ("Fix: x\nAnd: y\n", "Fix: x\nAnd: y\n\nAgent: a1\n"),
        ("Subject\n\nBody.\n", "Subject\n\nBody.\n\nAgent: a1\n"),
        ("Subject\n\nSigned-off-by: A\n", "Subject\n\nSigned-off-by: A\nAgent: a1\n"),
        ("Subject\n\nNote: this is text\nthat goes on\n", "Subject\n\nNote: this is text\nthat goes on\n\nAgent: a1\n"),
        ("Subject\n\nsome text\nSigned-off-by: A\n", "Subject\n\nsome text\nSigned-off-by: A\nAgent: a1\n"),
        ("Subject\n\n(cherry picked from commit 1)\n", "Subject\n\n(cherry picked from commit 1)\nAgent: a1\n"),
        ("Subject\n\nChange-Id: I1\n  folded\n", "Subject\n\nChange-Id: I1\n  folded\nAgent: a1\n"),
        ("Subject\n\n  only indented\n", "Subject\n\n  only indented\n\nAgent: a1\n"),
        ("Subject\r\n\r\nSigned-off-by: A\r\n", "Subject\r\n\r\nSigned-off-by: A\r\nAgent: a1\n"),
        ("\n\nSubject\n", "\n\nSubject\n\nAgent: a1\n"),
    ],
)
def test_ours_follow_the_others_in_their_block_or_make_one(text: str, wanted: str) -> None:
    assert stamped(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Subject\n\nAgent: a2\n", "Subject\n\nAgent: a1\n"),
        ("Subject\n\nAgent: a2\nSigned-off-by: A\n", "Subject\n\nSigned-off-by: A\nAgent: a1\n"),
        ('S\n\nagent : a2\nAGENTGRID-LOCK: 3 a2 "/x"\n', "S\n\nAgent: a1\n"),
        ("Subject\n\nAgent: a2\n folded\nChange-Id: I1\n", "Subject\n\nChange-Id: I1\nAgent: a1\n"),
        ("First\n\nAgent: a2\n\nSecond\n\nAgent: a1\n", "First\n\nSecond\n\nAgent: a1\n"),
        ("First\n\nSigned-off-by: A\nAgent: a2\n\nSecond\n", "First\n\nSigned-off-by: A\n\nSecond\n\nAgent: a1\n"),
        ("Subject\n\nAgent: James Bond\n\nBody.\n", "Subject\n\nAgent: James Bond\n\nBody.\n\nAgent: a1\n"),
        (
            "Subject\n\nAgent: a2 wrote\nthe first version\n",
            "Subject\n\nAgent: a2 wrote\nthe first version\n\nAgent: a1\n",
        ),
        ("S\n\nAgent: James Bond\n\nAgent: a2\n", "S\n\nAgent: James Bond\nAgent: a1\n"),
        ("Agent: a2\n\nBody.\n", "Agent: a2\n\nBody.\n\nAgent: a1\n"),
        ("Agent: the next one\n", "Agent: the next one\n\nAgent: a1\n"),
        ("Merge branch\n\n    Agent: a2\n", "Merge branch\n\n    Agent: a2\n\nAgent: a1\n"),
    ],
)
def test_ours_are_replaced_wherever_a_squash_left_them_and_text_is_not(text: str, wanted: str) -> None:
    assert stamped(text) == wanted


@pytest.mark.parametrize(
    ("text", "keeps_comments", "wanted"),
    [
        ("Subject\n\n# Please enter\n#\n", False, "Subject\n\nAgent: a1\n\n# Please enter\n#\n"),
        ("Subject\n\nFixes: 1\n\n# Conflicts:\n#\tx\n", True, "Subject\n\nFixes: 1\nAgent: a1\n\n# Conflicts:\n#\tx\n"),
        ("Subject\n\nFixes: 1\n# Conflicts:\n", False, "Subject\n\nFixes: 1\nAgent: a1\n# Conflicts:\n"),
        ("# 1st message:\n\nSubject: x\n\n# end\n", False, "# 1st message:\n\nSubject: x\n\nAgent: a1\n\n# end\n"),
        ("#12 Fix it\n", True, "#12 Fix it\n\nAgent: a1\n"),
        ("#12 Fix it\n\nFixes: 12\n", True, "#12 Fix it\n\nFixes: 12\nAgent: a1\n"),
        ("#12 Fix it\n\nBody: x\n\n# heading\n", True, "#12 Fix it\n\nBody: x\nAgent: a1\n\n# heading\n"),
    ],
)
def test_comments_that_stand_last_stay_last(text: str, keeps_comments: bool, wanted: str) -> None:
    assert stamped(text, keeps_comments=keeps_comments) == wanted


def test_a_message_that_is_not_utf_8_keeps_its_bytes() -> None:
    assert stamp(b"Gr\xf6\xdfe\n\nSigned-off-by: M\xfcller", OURS, b"#", keeps_comments=True) == (
        b"Gr\xf6\xdfe\n\nSigned-off-by: M\xfcller\n" + b"\n".join(OURS) + b"\n"
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\nAgent: a2\n\n# end\n", "\n\n# end\n"),
        ("Signed-off-by: A\nAgent: a2\n", "Signed-off-by: A\n"),
        ("Agent: a2\n\nAgent: a2\n", ""),
    ],
)
def test_of_a_message_that_was_deleted_nothing_of_ours_is_left(text: str, left: str) -> None:
    assert drop_own(text.encode(), b"#", keeps_comments=False).decode() == left


@given(MESSAGES, st.booleans())
@settings(max_examples=600, deadline=None)
def test_stamping_twice_changes_nothing_and_what_was_stamped_is_read_back(text: str, keeps_comments: bool) -> None:
    assume(not is_unwritten(clean(drop_own(text.encode(), b"#", keeps_comments=keeps_comments), b"#")))
    once = stamp(text.encode(), OURS, b"#", keeps_comments=keeps_comments)
    assert stamp(once, OURS, b"#", keeps_comments=keeps_comments) == once
    cleaned = clean(once, None if keeps_comments else b"#")
    pairs = [pair for pair in read_trailers(cleaned) if pair[0] in {b"Agent", b"Agentgrid-Lock"}]
    assert pairs[-2:] == [(b"Agent", b"a1"), (b"Agentgrid-Lock", b'7 a1 "/common.py"')]
    assert [value for _, value in pairs[:-2] if value != b"James Bond" and not value.startswith(b"James Bond ")] == []


@given(MESSAGES)
@settings(max_examples=300, deadline=None)
def test_everything_that_is_not_ours_stays_in_its_order(text: str) -> None:
    kept = drop_own(text.encode(), b"#", keeps_comments=True).decode().split("\n")
    left = iter(text.split("\n"))
    assert all(any(line == each for each in left) for line in kept if line.strip())


def test_git_reads_the_same_trailers_in_the_same_messages() -> None:
    rng = __import__("random").Random(7)
    pool = ["", "Subject", "body text", "Signed-off-by: A <a@b.c>", "Change-Id: I12", "Agent: a2", "  folded",
            "(cherry picked from commit 12)", "agent : a9", ": nothing", "# comment"]  # fmt: skip
    for _ in range(150):
        text = "Title\n\n" + "\n".join(rng.choice(pool) for _ in range(rng.randrange(1, 9))) + "\n"
        said = subprocess.run(["git", "interpret-trailers", "--only-trailers", "--only-input", "--unfold"],
                              input=text.encode(), capture_output=True, check=True).stdout  # fmt: skip
        # git lists what it wrote itself too, which is no `key: value`
        listed = [line.partition(b":") for line in said.splitlines() if not line.startswith(b"(")]
        assert [(key.strip(), value.strip()) for key, _, value in listed] == read_trailers(text.encode()), text


# What git takes for the message


def test_the_diff_of_commit_verbose_is_no_message() -> None:
    scissors = b"# ------------------------ >8 ------------------------\n# Do not modify\ndiff --git\n"
    assert cut_at_scissors(b"Subject\n\n" + scissors, b"#") == (b"Subject\n\n", scissors)
    assert cut_at_scissors(scissors, b"#") == (b"", scissors)
    assert cut_at_scissors(b"Subject\n\n" + scissors, b";") == (b"Subject\n\n" + scissors, b"")


@given(MESSAGES, st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_message_is_cleaned_as_git_does_it(text: str, strips: bool) -> None:
    command = ["git", "stripspace", *(["--strip-comments"] if strips else [])]
    said = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    assert clean(text.encode(), b"#" if strips else None) == said


@pytest.mark.parametrize(
    ("text", "verdict"), [("", True), ("\nSigned-off-by: A\n", True), ("x\nSigned-off-by: A\n", False)]
)
def test_sign_offs_alone_are_no_message(text: str, verdict: bool) -> None:
    assert is_unwritten(text.encode()) is verdict
