"""Where keys come from: real variables, files, programs and keyrings; failures say why and never what."""

import sys
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from agentgrid.machine.secrets.references import parse_reference
from agentgrid.machine.secrets.sources import SourceFailure, is_exposed, look_up

KEY = "sk-test-0123456789"


def look(text: str, root: Path, *, timeout_s: float = 30, **environ: str) -> str:
    environ.setdefault("PATH", "/usr/bin:/bin")
    return look_up(parse_reference(text), environ=environ, root=root, timeout_s=timeout_s).reveal()


def fail(text: str, root: Path, *, timeout_s: float = 30, **environ: str) -> SourceFailure:
    with pytest.raises(SourceFailure) as raised:
        look(text, root, timeout_s=timeout_s, **environ)
    assert KEY not in f"{raised.value}{raised.value.hint}"
    return raised.value


class Safe(keyring.backend.KeyringBackend):
    priority = 5

    def get_password(self, service: str, username: str) -> str | None:
        return KEY if (service, username) == ("open/ai", "a1") else None

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def test_a_variable_gives_its_value(tmp_path: Path) -> None:
    assert look("env:MINE", tmp_path, MINE=KEY) == KEY


def test_a_variable_that_is_not_set_says_how_to_set_it(tmp_path: Path) -> None:
    found = fail("env:MINE", tmp_path)

    assert (found.reason, found.hint, found.is_outside) == ("MINE is not set", "export MINE=…", False)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_file_gives_its_text_without_the_last_line_end(tmp_path: Path, end: str) -> None:
    (tmp_path / "key").write_bytes(f"{KEY}{end}".encode())

    assert look("file:key", tmp_path) == KEY
    assert look(f"file:{tmp_path}/key", Path("/nowhere")) == KEY
    assert look("file:~/key", Path("/nowhere"), HOME=str(tmp_path)) == KEY


def test_lines_within_a_file_stay(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one\ntwo\n\n", encoding="utf-8")

    assert look("file:key", tmp_path) == "one\ntwo\n"


@pytest.mark.parametrize(("content", "word"), [(None, "can't be read"), (b"\n", "is empty"), (b"a\0b", "NUL"),
                                               (b"x" * (2 << 20), "larger than any key")])  # fmt: skip
def test_a_file_without_a_key_is_told(tmp_path: Path, content: bytes | None, word: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)

    assert word in fail("file:key", tmp_path).reason


def test_a_file_that_others_may_read_is_seen(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY, encoding="utf-8")
    (tmp_path / "key").chmod(0o640)
    assert is_exposed(tmp_path / "key")

    (tmp_path / "key").chmod(0o600)
    assert not is_exposed(tmp_path / "key")


def test_a_command_gives_what_it_prints(tmp_path: Path) -> None:
    assert look(f"cmd:printf '%s\\n' {KEY}", tmp_path) == KEY


def test_no_shell_reads_a_command(tmp_path: Path) -> None:
    assert look("cmd:echo $HOME ; touch made > x", tmp_path, HOME="/h") == "$HOME ; touch made > x"
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_fails_shows_its_stderr_and_no_stdout(tmp_path: Path) -> None:
    script = tmp_path / "ask.py"
    script.write_text(
        f"import sys; print('{KEY}'); sys.stderr.write('locked: {KEY}\\n'); sys.exit(4)", encoding="utf-8"
    )

    found = fail(f"cmd:{sys.executable} {script}", tmp_path)

    assert found.reason.endswith("ended with exit code 4: locked: ********")
    assert found.is_outside


def test_a_command_that_does_not_answer_is_ended(tmp_path: Path) -> None:
    found = fail("cmd:sleep 100", tmp_path, timeout_s=0.2)

    assert found.reason == "sleep did not answer within 0.2 s"


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert fail("cmd:no-such-program read", tmp_path).reason.startswith("no-such-program can't be run")


def test_a_keyring_gives_the_users_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", Safe)

    assert look("keyring:open/ai/a1", tmp_path) == KEY
    missing = fail("keyring:open/ai/a2", tmp_path)
    assert (missing.reason, missing.hint) == ("the keyring has nothing for a2 at open/ai", "keyring set open/ai a2")


def test_a_session_without_a_keyring_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "get_keyring", NoKeyring)

    found = fail("keyring:openai/a1", tmp_path)

    assert found.reason.startswith("this session has no keyring")
    assert found.is_outside


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert fail("keyring:openai/a1", tmp_path).hint == "pip install 'agentgrid-cli[keyring]'"
