"""One key of a data file that both sides change."""

import pytest

from agentgrid.integration.conflicts.model import Hunk, LineRange
from support.meetings import meetings, reasons

YAML = """\
server:
  port: 80
  host: localhost
limits: {cpu: 1}
names: [one, two]
steps:
  - name: build
    run: make
  - name: test
    run: make test
"""


def met(old_a: str, new_a: str, old_b: str, new_b: str, base: str = YAML, path: str = "c.yaml") -> list[str]:
    assert old_a in base
    assert old_b in base
    return reasons({path: base}, {path: base.replace(old_a, new_a)}, {path: base.replace(old_b, new_b)})


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("c.yaml", "a:\n  b: 1\n  c: 2\n"),
        ("c.yml", "a: {b: 1, c: 2}\n"),
        ("c.json", '{"a": {\n"b": 1,\n"c": 2}}'),
        ("c.toml", "[a]\nb = 1\nc = 2\n"),
    ],
)
def test_a_key_that_both_set_to_something_else_meets(path: str, base: str) -> None:
    assert met("1", "3", "1", "4", base, path) == ["a1 and a2 both change the key a.b, each in its own way"]
    assert met("1", "3", "1", "3", base, path) == []
    assert met("1", "3", "2", "4", base, path) == []


def test_the_lines_of_the_key_are_told_where_they_are_plain() -> None:
    [meeting] = meetings({"c.yaml": YAML}, {"c.yaml": YAML.replace("80", "81")},
                         {"c.yaml": "# new\n" + YAML.replace("80", "82")})  # fmt: skip
    assert (meeting.level, meeting.kind) == ("overlap", "key")
    assert meeting.hunks == (Hunk(LineRange(2, 1), LineRange(2, 1), LineRange(3, 1)),)


def test_no_value_is_ever_told() -> None:
    [meeting] = meetings({"c.yaml": "token: a\n"}, {"c.yaml": "token: hunter2\n"}, {"c.yaml": "token: swordfish\n"})
    assert "hunter2" not in repr(meeting)


def test_changed_here_and_removed_there_meets() -> None:
    assert met("  port: 80\n", "", "80", "81") == ["a1 removes the key server.port, and a2 changes it"]


def test_a_section_that_goes_meets_what_is_new_in_it() -> None:
    section = "server:\n  port: 80\n  host: localhost\n"
    assert met(section, "", "  port: 80\n", "  port: 80\n  tls: true\n") == [
        "a1 removes the key server, and a2 changes it"
    ]
    assert met(section, "server: none\n", "  port: 80\n", "  port: 80\n  tls: true\n") == [
        "a1 replaces the key server, and a2 changes what is in it"
    ]


def test_lists_are_known_by_what_is_in_them() -> None:
    assert met("[one", "[zero, one", "two]", "two, three]") == []
    step = "  - name: build\n"
    assert met(step, "  - name: lint\n" + step, "run: make test", "run: make tests") == []
    assert met("run: make\n", "run: ninja\n", "run: make\n", "run: just\n") == [
        "a1 and a2 both change the key steps[name=build].run, each in its own way"
    ]
    assert met("[[1], 2]", "[[2], 2]", "[[1], 2]", "[[3], 2]", "at: [[1], 2]\n") == [
        "a1 and a2 both change the key at, each in its own way"
    ]
    assert met("[1, 1]", "[1, 1, 2]", "[1, 1]", "[3, 1, 1]", "at: [1, 1]\n") == []


def test_keys_that_both_add_meet_when_they_differ() -> None:
    assert met("server:", "new: 1\nserver:", "server:", "new: 2\nserver:") == [
        "a1 and a2 both add the key new, each in its own way"
    ]


def test_documents_anchors_tags_and_keys_written_twice_are_read() -> None:
    first = "kind: A\nmetadata: {name: x}\nspec: {one: 1}\n"
    other = "kind: B\nmetadata: &m {name: y}\nspec: !Ref {<<: *m, two: 2, two: 3}\n"
    base = f"{first}---\n{other}"
    assert met("one: 1", "one: 2", "one: 1", "one: 3", base) == [
        "a1 and a2 both change the key A/x.spec.one, each in its own way"
    ]
    assert len(met("two: 3", "two: 4", "two: 3", "two: 5", base)) == 1
    base = "a: 1\n---\nb: 1\n"
    assert met("b: 1", "b: 2", "b: 1", "b: 3", base) == ["a1 and a2 both change the key #2.b, each in its own way"]


def test_a_number_and_a_text_are_two_values() -> None:
    assert len(met("80", "'81'", "80", "81")) == 1


def test_what_tools_write_is_passed_over() -> None:
    assert met("1", "2", "1", "3", '{"a": 1}', "package-lock.json") == []


def test_a_file_that_somebody_reformatted_says_it_a_few_times_only() -> None:
    def many(value: int) -> str:
        return "".join(f"k{number}: {value}\n" for number in range(100))

    assert len(reasons({"c.yaml": many(1)}, {"c.yaml": many(2)}, {"c.yaml": many(3)})) == 20
