"""Commands that the documentation shows, read from its ```console blocks and run as a reader would type them.

In a block a line `$ COMMAND` is a command (`> …` continues it), what follows is its output. A command ends with exit
code 0 unless the line ends in `# exit N`. The block's first words say more: `console check` compares the output
(`...` stands for anything), `console norun` shows without running and gives its reason in a comment: `# why` inside
the block, or `<!-- why -->` on the line above it.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,}) *console(?P<words>(?: .*)?)$")
_EXPECTED_EXIT = re.compile(r"#\s*exit (\d+)\s*$")
_REASON = re.compile(r"(?:^|\s)#\s*(?!exit \d)\S+ \S+")
_REASON_ABOVE = re.compile(r"^\s*<!--\s*\S+ .*-->\s*$")
_MARK = "\x1e"


@dataclass(frozen=True, slots=True)
class Command:
    """One command as written, where it stands (`README.md:12`), the exit code and output that are promised."""

    place: str
    text: str
    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced console block. `reason`: whether a block that isn't run says why."""

    place: str
    words: tuple[str, ...]
    commands: tuple[Command, ...]
    has_reason: bool

    @property
    def is_run(self) -> bool:
        return "norun" not in self.words

    @property
    def is_checked(self) -> bool:
        return "check" in self.words


def read_blocks(document: Path) -> list[Block]:
    """The console blocks of a Markdown file, in order. Raises ValueError on an unknown word or an unclosed block."""
    lines = document.read_text(encoding="utf-8").splitlines()
    blocks: list[Block] = []
    position = 0
    while position < len(lines):
        opening = _FENCE.match(lines[position])
        position += 1
        if opening is None:
            continue
        start, place = position, f"{document.name}:{position}"
        while position < len(lines) and lines[position].strip() != opening["fence"]:
            position += 1
        if position == len(lines):
            raise ValueError(f"{place}: the block is never closed")
        words = tuple(opening["words"].split())
        if set(words) - {"check", "norun"}:
            raise ValueError(f"{place}: a console block is plain, `check` or `norun`, not {' '.join(words)!r}")
        body = [line.removeprefix(opening["indent"]) for line in lines[start:position]]
        above = lines[start - 2] if start > 1 else ""
        has_reason = bool(_REASON_ABOVE.match(above)) or any(_REASON.search(line) for line in body)
        blocks.append(Block(place, words, tuple(_commands(document.name, start, body)), has_reason))
        position += 1
    return blocks


def run_blocks(blocks: list[Block], directory: Path, environment: Mapping[str, str], *, timeout_s: float) -> list[str]:
    """Runs the commands of all blocks in one shell that starts in `directory`; returns what went wrong, in order."""
    runs = [(command, block.is_checked) for block in blocks if block.is_run for command in block.commands]
    if not runs:
        return []
    script = "".join(f"eval {shlex.quote(command.text)}\nprintf '{_MARK}%d{_MARK}' \"$?\"\n" for command, _ in runs)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=directory,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout_s,
        check=False,
    )
    answers = os.fsdecode(done.stdout).split(_MARK)
    results = dict(zip(range(len(runs)), zip(answers[0::2], answers[1::2], strict=False), strict=False))
    return [
        fault
        for number, (command, is_checked) in enumerate(runs)
        for fault in _judge(command, results.get(number), is_checked=is_checked)
    ]


def _commands(name: str, start: int, body: list[str]) -> Iterator[Command]:
    """`start`: how many lines of the document stand before the block's first."""
    begins = [number for number, line in enumerate(body) if line.startswith("$ ")]
    for number, following in zip(begins, [*begins[1:], len(body)], strict=True):
        text, output = [body[number][2:]], body[number + 1 : following]
        while output and output[0].startswith("> "):
            text.append(output.pop(0)[2:])
        expected = _EXPECTED_EXIT.search(text[-1])
        exit_code = int(expected[1]) if expected else 0
        yield Command(f"{name}:{start + number + 1}", "\n".join(text), exit_code, "\n".join(output).strip("\n"))


def _judge(command: Command, result: tuple[str, str] | None, *, is_checked: bool) -> Iterator[str]:
    if result is None:
        yield f"{command.place}: `{command.text}` was not reached: the shell had ended"
        return
    output, code = result
    if int(code) != command.exit_code:
        yield f"{command.place}: `{command.text}`: exit {code}, not {command.exit_code}\n{output}"
    elif is_checked and not _is_as_shown(command.output, output.strip("\n")):
        yield f"{command.place}: `{command.text}` printed\n{output}\ninstead of\n{command.output}"


def _is_as_shown(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.split("..."))
    return re.fullmatch(pattern, _plain(printed), re.DOTALL) is not None


def _plain(printed: str) -> str:
    return "\n".join(line.rstrip() for line in printed.splitlines())
