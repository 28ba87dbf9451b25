"""Each form is read back by the program it is for, byte for byte."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.workspace.environment.formats import write_as

NASTY = {
    "EMPTY": "",
    "PLAIN": "http://localhost:20010/x?y=1",
    "SPACES": "  a  b  ",
    "HASH": "a #b",
    "QUOTES": 'it\'s "so"',
    "DOLLAR": "$HOME `id` $(id)",
    "BACKSLASH": "C:\\new\\'",
    "LINES": "one\ntwo\n",
    "RETURN": 'one\r\n"two"\\',
    "TAB": "\t",
    "UNICODE": "schlüssel 鍵",
    "EQUALS": "a=b=c==",
    "BANG": "!!",
    "TILDE": "~/x",
    "GLOB": "*",
}
SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh") if shutil.which(shell)]
PRINT = (
    "import json, os, sys; json.dump({n: os.environb[n.encode()].decode('latin-1') for n in sys.argv[1:]}, sys.stdout)"
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


def read_dotenv(values: dict[str, str], tmp_path: Path) -> dict[str, str | None]:
    file = tmp_path / "file.env"
    file.write_bytes(write_as("dotenv", values).encode())
    return dict(dotenv_values(file, interpolate=False))


def read_shell(shell: str, values: dict[str, str], tmp_path: Path, form: str = "shell") -> dict[str, bytes]:
    file = tmp_path / "env.sh"
    file.write_bytes(write_as(form, values).encode("utf-8", "surrogateescape"))  # type: ignore[arg-type]
    names = " ".join(values)
    done = subprocess.run([shell, "-c", f'. "$1"; exec python3 -c "$2" {names}', shell, file, PRINT], check=True,
                          capture_output=True, env={"PATH": os.environ["PATH"]})  # fmt: skip
    return {name: value.encode("latin-1") for name, value in json.loads(done.stdout).items()}


def test_python_dotenv_reads_what_was_written(tmp_path: Path) -> None:
    assert read_dotenv(NASTY, tmp_path) == NASTY


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS | st.text("'\"\\\r\n$ #=a", max_size=12), max_size=5))
def test_python_dotenv_reads_any_value(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    # A reader of text files takes these for line ends, or drops them, whatever the quotes.
    values = {f"V{number}": text.replace("\x85", "") for number, text in enumerate(texts)}

    assert read_dotenv(values, tmp_path_factory.getbasetemp()) == values


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("form", ["shell", "direnv"])
def test_a_shell_reads_what_was_written(shell: str, form: str, tmp_path: Path) -> None:
    values = {**NASTY, "BYTES": "\udcff\udc80 \x01"}

    assert read_shell(shell, values, tmp_path, form) == {name: os.fsencode(value) for name, value in values.items()}


def test_json_is_read_as_an_object() -> None:
    assert json.loads(write_as("json", NASTY)) == NASTY


@pytest.mark.parametrize("form", ["dotenv", "shell", "direnv"])
def test_nothing_gives_nothing(form: str) -> None:
    assert write_as(form, {}) == ""  # type: ignore[arg-type]
