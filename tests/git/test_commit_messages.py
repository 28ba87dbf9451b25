"""How a repository has its messages cleaned, and the messages of a range."""

import pytest

from agentgrid.git.commit_messages import MessageSettings, list_messages, read_message_settings
from agentgrid.git.process import Git
from support.repositories import Sandbox


def settings_of(repo: Sandbox, text: bytes = b"Subject\n", *, has_editor: bool = False) -> MessageSettings:
    return read_message_settings(Git(repo.path), text, has_editor=has_editor)


def test_comments_go_where_git_opened_an_editor(repo: Sandbox) -> None:
    assert settings_of(repo) == MessageSettings(b"#", strips_comments=False, encoding="utf-8")
    assert settings_of(repo, has_editor=True).strips_comments


@pytest.mark.parametrize(
    ("cleanup", "with_editor", "without"),
    [("strip", True, True), ("default", True, False), ("whitespace", False, False), ("scissors", False, False)],
)
def test_the_repository_may_say_so(repo: Sandbox, cleanup: str, with_editor: bool, without: bool) -> None:
    repo.git("config", "commit.cleanup", cleanup)
    assert settings_of(repo, has_editor=True).strips_comments is with_editor
    assert settings_of(repo).strips_comments is without


def test_what_comments_begin_with_and_the_encoding_are_settings(repo: Sandbox) -> None:
    repo.git("config", "core.commentChar", ";")
    repo.git("config", "i18n.commitEncoding", "latin1")
    assert settings_of(repo) == MessageSettings(b";", strips_comments=False, encoding="iso8859-1")
    repo.git("config", "i18n.commitEncoding", "no-such-thing")
    assert settings_of(repo).encoding == "utf-8"


@pytest.mark.parametrize(
    ("text", "has_editor", "comment"),
    [
        (b"Subject\n\n; Please enter\n;\n", True, b";"),
        (b"# Subject\n\nBody\n", True, b"#"),
        (b"# Subject\n; body\n", False, b"@"),
        (b"", False, b"#"),
    ],
)
def test_what_git_chose_by_itself_is_found_out(repo: Sandbox, text: bytes, has_editor: bool, comment: bytes) -> None:
    repo.git("config", "core.commentChar", "auto")
    assert settings_of(repo, text, has_editor=has_editor).comment == comment


def test_the_messages_of_a_range_are_listed_newest_first_without_merges(repo: Sandbox) -> None:
    base = repo.oid()
    repo.git("checkout", "--quiet", "-b", "side")
    side = repo.commit("Side\n\nBody.")
    repo.git("checkout", "--quiet", "main")
    here = repo.commit("Here")
    repo.git("merge", "--quiet", "--no-edit", "side")
    found = [(each.oid, each.text.rstrip("\n")) for each in list_messages(Git(repo.path), base, "HEAD")]
    assert sorted(found) == sorted([(side, "Side\n\nBody."), (here, "Here")])
    line = [each.oid for each in list_messages(Git(repo.path), base, "HEAD", is_first_parent=True)]
    assert line == [here]
    assert list_messages(Git(repo.path), "HEAD", "HEAD") == []
