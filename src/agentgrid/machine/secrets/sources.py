"""Looking up what a reference names: a variable, a file, the system's keyring, a program such as a password manager.

A failure says why and what to do; what a source printed on stdout is never part of it.
"""

import os
import shlex
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from agentgrid.machine.secrets.redaction import redact
from agentgrid.machine.secrets.references import Reference, split_keyring
from agentgrid.machine.secrets.value import Secret

TIMEOUT_S = 60.0  # a person may have to unlock something
_LONGEST_REASON = 300
_MOST_BYTES = 1 << 20


class SourceFailure(Exception):
    """`reason`: why there is no value. `hint`: what sets it. `is_outside`: a program or service failed."""

    def __init__(self, reason: str, hint: str, *, is_outside: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint
        self.is_outside = is_outside


def look_up(reference: Reference, *, environ: Mapping[str, str], root: Path, timeout_s: float = TIMEOUT_S) -> Secret:
    """The value that `reference` names.

    `environ`: where variables are looked up, and what a command gets. `root`: where relative files and commands start
    from. Raises SourceFailure.
    """
    if reference.kind == "cmd":
        return _ask_command(reference.place, environ, root, timeout_s)
    look: Callable[[], str] = {
        "env": lambda: _read_variable(reference.place, environ),
        "file": lambda: _read_file(reference.place, environ, root),
        "keyring": lambda: _ask_keyring(reference.place),
    }[reference.kind]
    return _secret(look(), str(reference))


def file_place(place: str, *, environ: Mapping[str, str], root: Path) -> Path:
    """Where the file of a `file:` reference is; `~` is the home of `environ`."""
    home = environ.get("HOME")
    if home and (place == "~" or place.startswith("~/")):
        return Path(home + place[1:])
    return root / os.path.expanduser(place)


def is_exposed(path: Path) -> bool:
    """Whether others than the owner may read the file."""
    try:
        return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _secret(text: str, reference: str) -> Secret:
    if not text:
        raise SourceFailure(f"{reference} is empty", f"put the key there, or take the reference {reference} out")
    if "\0" in text:
        raise SourceFailure(f"{reference} has a NUL byte in it", "a variable can't hold that: keep the key as text")
    return Secret(text)


def _read_variable(name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise SourceFailure(f"{name} is not set", f"export {name}=…")
    return environ[name]


def _read_file(place: str, environ: Mapping[str, str], root: Path) -> str:
    path = file_place(place, environ=environ, root=root)
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SourceFailure(f"{path} can't be read: {error.strerror}",
                            f"write the key to {path}, readable by you alone (chmod 600)") from None  # fmt: skip
    if len(content) > _MOST_BYTES:
        raise SourceFailure(f"{path} is larger than any key", "name the file that has the key alone in it")
    return _last_newline_off(content)


def _ask_keyring(place: str) -> str:
    service, user = split_keyring(place)
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SourceFailure("the package keyring is not installed", "pip install 'agentgrid-cli[keyring]'",
                            is_outside=True) from None  # fmt: skip
    hint = f"keyring set {shlex.quote(service)} {shlex.quote(user)}"
    try:
        backend = keyring.get_keyring()
        if backend.priority <= 0:
            raise SourceFailure(
                "this session has no keyring (none is unlocked, or nobody is logged in at a desktop)",
                "unlock one, or name the key as env:, file: or cmd: here",
                is_outside=True,
            )
        found = backend.get_password(service, user)
    except KeyringError as error:
        raise SourceFailure(f"the keyring did not answer: {_in_one_line(str(error))}", hint, is_outside=True) from None
    if found is None:
        raise SourceFailure(f"the keyring has nothing for {user} at {service}", hint)
    return str(found)


def _ask_command(place: str, environ: Mapping[str, str], root: Path, timeout_s: float) -> Secret:
    """Runs the words of `place` as they are: no shell, so no variables, pipes or wildcards in them."""
    words = shlex.split(place)
    hint = f"try it: {shlex.join(words)}"
    try:
        # The terminal stays the person's: a password manager asks for its own password there.
        process = subprocess.Popen(words, cwd=root, env=dict(environ), stdin=None, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)  # fmt: skip
    except OSError as error:
        raise SourceFailure(f"{words[0]} can't be run: {error.strerror}", hint, is_outside=True) from None
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise SourceFailure(f"{words[0]} did not answer within {timeout_s:g} s", hint, is_outside=True) from None
    except BaseException:
        process.kill()
        process.wait()
        raise
    answer = _last_newline_off(out)
    if process.returncode != 0:
        said = _in_one_line(redact(os.fsdecode(err), [Secret(answer)]))
        why = f"{words[0]} ended with exit code {process.returncode}{f': {said}' if said else ''}"
        raise SourceFailure(why, hint, is_outside=True)
    return _secret(answer, f"the answer of {words[0]}")


def _last_newline_off(content: bytes) -> str:
    """A key without the line end that editors and programs put behind it; others in it stay."""
    return os.fsdecode(content.removesuffix(b"\n").removesuffix(b"\r"))


def _in_one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"
