"""References to keys: four forms, and what is wrong with others, without repeating what may be a key."""

import pytest

from agentgrid.machine.secrets.references import parse_reference, split_keyring


@pytest.mark.parametrize(
    ("text", "kind", "place", "silent"),
    [
        ("env:OPENAI_API_KEY_A1", "env", "OPENAI_API_KEY_A1", True),
        ("file:~/.keys/a 1", "file", "~/.keys/a 1", True),
        ("keyring:open/ai/a1", "keyring", "open/ai/a1", False),
        ("cmd:op read 'op://team vault/a1'", "cmd", "op read 'op://team vault/a1'", False),
    ],
)
def test_the_four_forms_are_read(text: str, kind: str, place: str, silent: bool) -> None:
    reference = parse_reference(text)

    assert (reference.kind, reference.place, reference.is_silent, str(reference)) == (kind, place, silent, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sk-live-0123456789", "is not a reference to a key"),
        ("vault:sk-live-0123456789", "is not a reference to a key"),
        ("env:", "nothing stands behind `env:`"),
        ("env:sk-live-0123456789", "wants the name of a variable"),
        ("keyring:sk-live-0123456789", "wants a service and a user"),
        ("cmd:op 'sk-live-0123456789", "the command can't be read"),
    ],
)
def test_another_form_is_refused_without_being_repeated(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        parse_reference(text)

    assert "0123456789" not in str(raised.value)


def test_a_keyrings_service_may_have_slashes() -> None:
    assert split_keyring("open/ai/a1") == ("open/ai", "a1")
