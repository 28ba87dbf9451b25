"""A client's settings with the edit hook and without it: whatever else stands there stays."""

import json
from pathlib import Path

import pytest

from agentgrid.errors import InputError
from agentgrid.workspace.clients.known import CLIENTS, GONE, WORKTREE
from agentgrid.workspace.clients.settings_text import put_in, take_out

HOOK = Path("/shop/.git/agentgrid/agents/a1/edit-hook")
JSON_CLIENTS = [client for client in CLIENTS.values() if client.entries]
THEIRS = {
    "permissions": {"allow": ["Bash(ls)"]},
    "hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "mine"}]}], "Stop": []},
    "é": [1, None],
}


def put(name: str, content: bytes | None, hook: Path = HOOK) -> bytes:
    return put_in(CLIENTS[name], content, hook, WORKTREE, "settings.json")


def written(settings: object) -> bytes:
    return json.dumps(settings).encode()


@pytest.mark.parametrize("client", JSON_CLIENTS, ids=lambda client: client.name)
def test_a_new_file_has_nothing_else_and_goes_with_the_hook(client: object) -> None:
    assert hasattr(client, "name")
    content = put(client.name, None)
    assert put(client.name, content) == content
    assert str(HOOK) in content.decode()
    assert take_out(CLIENTS[client.name], content, "settings.json") is None


def test_what_else_is_there_stays_in_its_place() -> None:
    before = written(THEIRS)
    after = put("claude", before)
    settings = json.loads(after)
    assert list(settings) == list(THEIRS)
    assert settings["hooks"]["PreToolUse"][0] == THEIRS["hooks"]["PreToolUse"][0]  # type: ignore[index]
    assert len(settings["hooks"]["PreToolUse"]) == 2
    left = take_out(CLIENTS["claude"], after, "settings.json")
    assert left is not None
    assert json.loads(left) == THEIRS


def test_a_hook_that_stands_before_others_stays_there() -> None:
    settings = json.loads(put("claude", None))
    settings["hooks"]["PreToolUse"].append({"matcher": "Bash", "hooks": []})
    assert put("claude", written(settings)) == written(settings)


def test_one_that_names_another_place_is_replaced() -> None:
    old = put("claude", written(THEIRS), Path("/old/.git/agentgrid/agents/a1/edit-hook"))
    assert json.loads(put("claude", old)) == json.loads(put("claude", written(THEIRS)))


def test_a_file_without_it_comes_back_as_it_is() -> None:
    odd = b'{ "hooks": {} }'
    assert take_out(CLIENTS["claude"], odd, "settings.json") == odd


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"// no JSON\n{}", b'{"hooks": []}', b'{"hooks": {"PreToolUse": {}}}', b"\xff"]
)
def test_what_isnt_understood_is_named_and_left(content: bytes) -> None:
    with pytest.raises(InputError, match=r"settings\.json"):
        put("claude", content)


def test_an_empty_file_is_filled() -> None:
    assert put("claude", b"\n") == put("claude", None)


def test_a_plugin_of_somebody_elses_is_not_overwritten() -> None:
    with pytest.raises(InputError, match=r"not the one that agentgrid wrote"):
        put("opencode", b"export const Mine = 1\n")
    content = put("opencode", None)
    assert put("opencode", content.replace(b"spawnSync(", b"edited(")) == content
    assert take_out(CLIENTS["opencode"], content, "agentgrid.js") is None


def test_claude_code_takes_a_hook_that_dies_for_a_no() -> None:
    [entry] = json.loads(put("claude", None))["hooks"]["PreToolUse"]
    assert entry["hooks"][0]["onFailure"] == "block"
    assert GONE in entry["hooks"][0]["command"]
