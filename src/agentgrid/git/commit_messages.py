"""Commit messages: how this repository has them cleaned, and those that a range of commits has."""

import codecs
import os
from dataclasses import dataclass

from agentgrid.git.process import Git

_SETTINGS = r"^(core\.comment(char|string)|commit\.cleanup|i18n\.commitencoding)$"
_AUTO_COMMENTS = b"#;@!$%^&|:"  # what git takes for comments under core.commentChar=auto


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """`comment`: what comments begin with. `strips_comments`: git will take them out. `encoding`: a codec's name."""

    comment: bytes = b"#"
    strips_comments: bool = False
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """`text`: in UTF-8, bytes that aren't UTF-8 as surrogates."""

    oid: str
    text: str

    @property
    def raw(self) -> bytes:
        return os.fsencode(self.text)


def read_message_settings(git: Git, text: bytes, *, has_editor: bool) -> MessageSettings:
    """The settings for a message that is being written. `text`: as it stands in the file. `has_editor`: git opens, or
    has opened, an editor for it. What the command line says of `--cleanup`, no hook is told."""
    listed = git.run("config", "-z", "--get-regexp", _SETTINGS, accept=(0, 1)).fields
    found = {key: value for key, _, value in (field.partition(b"\n") for field in listed)}
    comment = next((value for key, value in reversed(found.items()) if key.startswith(b"core.comment")), b"#")
    cleanup = found.get(b"commit.cleanup", b"default")
    return MessageSettings(
        _chosen_comment(text, has_editor=has_editor) if comment == b"auto" else comment or b"#",
        cleanup == b"strip" or (cleanup == b"default" and has_editor),
        _codec(found.get(b"i18n.commitencoding", b"utf-8")),
    )


def list_messages(
    git: Git, base: str, head: str, *, is_first_parent: bool = False, with_merges: bool = False
) -> list[CommitMessage]:
    """The messages of the commits that `head` adds to `base`, newest first; those of merges only `with_merges`."""
    line = (*(("--first-parent",) if is_first_parent else ()), *(() if with_merges else ("--no-merges",)))
    listed = git.run("log", "-z", "--no-show-signature", "--no-notes", "--encoding=UTF-8", *line,
                     "--format=%H%n%B", f"{base}..{head}", "--")  # fmt: skip
    parts = (os.fsdecode(field).partition("\n") for field in listed.stdout.split(b"\0") if field)
    return [CommitMessage(oid, text) for oid, _, text in parts]


def _chosen_comment(text: bytes, *, has_editor: bool) -> bytes:
    """What git took by itself: its own comments stand at the end of what an editor shows. Without one there are none,
    and it takes what no line begins with."""
    firsts = [line[:1] for line in text.split(b"\n") if line.strip()]
    if has_editor:
        return firsts[-1] if firsts and firsts[-1] in _AUTO_COMMENTS else b"#"
    return next((bytes([byte]) for byte in _AUTO_COMMENTS if bytes([byte]) not in firsts), b"#")


def _codec(name: bytes) -> str:
    try:
        return codecs.lookup(name.decode("ascii", "replace")).name
    except LookupError:
        return "utf-8"
