"""Each dialect finds the paths of calls as its client makes them, and answers as its client reads it."""

import json
from pathlib import Path

import pytest

from agentgrid.hooks.dialects.fields import Unreadable
from agentgrid.hooks.dialects.names import DIALECTS, HOOK_FILES, load_dialect
from agentgrid.workspace.clients.known import CLIENTS
from support.edits import RECORDED, RECORDED_TOP, recorded_call

TOP = Path(RECORDED_TOP)
MAIN, NEW, TAX = "services/billing/main.py", "services/billing/new.py", "services/billing/tax.py"
# Name of the recording → (paths, where relative ones start); None: no edit.
FOUND = {
    "claude-write": ([f"{TOP}/{MAIN}"], TOP),
    "claude-edit": ([f"{TOP}/{MAIN}"], TOP),
    "claude-multi-edit": ([f"{TOP}/{MAIN}"], TOP),
    "claude-notebook-edit": ([f"{TOP}/services/billing/report.ipynb"], TOP),
    "claude-bash": None,
    "claude-session-start": None,
    "codex-apply-patch": ([MAIN, NEW], TOP),
    "codex-move-and-delete": ([MAIN, "services/orders/taken.py", TAX], TOP),
    "codex-heredoc": ([MAIN, NEW], TOP),
    "codex-heredoc-elsewhere": (["billing/tax.py"], TOP / "services"),
    "codex-shell-words": (["main.py"], TOP / "services/billing"),
    "codex-bash": None,
    "gemini-write-file": ([f"{TOP}/{MAIN}"], TOP),
    "gemini-replace": ([MAIN], TOP),
    "gemini-read-file": None,
    "copilot-create": ([f"{TOP}/{NEW}"], TOP),
    "copilot-edit-as-text": ([f"{TOP}/{MAIN}"], TOP),
    "copilot-view": None,
    "copilot-apply-patch": ([MAIN, NEW], TOP),
    "cursor-write": ([f"{TOP}/{MAIN}"], TOP),
    "cursor-delete": ([f"{TOP}/{MAIN}"], TOP),
    "cursor-shell": None,
    "opencode-write": ([f"{TOP}/{MAIN}"], TOP),
    "opencode-patch": ([MAIN, NEW], TOP),
    "opencode-bash": None,
}
# An edit of which a part is missing: the dialect → calls.
UNREADABLE: dict[str, list[dict[str, object]]] = {
    "claude": [
        {},
        {"tool_name": 7},
        {"tool_name": "Write"},
        {"tool_name": "Write", "tool_input": "x"},
        {"tool_name": "Write", "tool_input": {}},
        {"tool_name": "Write", "tool_input": {"file_path": ""}},
        {"tool_name": "Edit", "tool_input": {"file_path": ["x"]}},
        {"tool_name": "NotebookEdit", "tool_input": {"cell_id": "c"}},
    ],
    "codex": [
        {},
        {"tool_name": "apply_patch", "tool_input": {}},
        {"tool_name": "apply_patch", "tool_input": {"command": "*** Begin Patch\n*** End Patch"}},
        {"tool_name": "apply_patch", "tool_input": {"command": "*** Begin Patch\n*** Delete File:\n"}},
        {"tool_name": "Bash", "tool_input": {"command": "apply_patch <<EOF\n*** Begin Patch\nEOF"}},
        {"tool_name": "Write", "tool_input": {}},
        {"tool_name": "shell", "tool_input": {"command": []}},
    ],
    "gemini": [{}, {"tool_name": "replace", "tool_input": {}}, {"tool_name": "write_file"}],
    "copilot": [
        {},
        {"toolName": "edit"},
        {"toolName": "edit", "toolArgs": "{"},
        {"toolName": "edit", "toolArgs": "[]"},
        {"toolName": "create", "toolArgs": {}},
        {"toolName": "apply_patch", "toolArgs": {}},
    ],
    "cursor": [{}, {"tool_name": "Write"}, {"tool_name": "Delete", "tool_input": {}}],
    "opencode": [{}, {"tool": "write"}, {"tool": "edit", "args": {}}, {"tool": "patch", "args": {"patchText": ""}}],
}
DENIED = {
    "claude": {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny",
                                      "permissionDecisionReason": "No: \u00e9."}},
    "gemini": {"decision": "deny", "reason": "No: \u00e9."},
    "copilot": {"permissionDecision": "deny", "permissionDecisionReason": "No: \u00e9."},
    "cursor": {"permission": "deny", "user_message": "No: \u00e9.", "agent_message": "No: \u00e9."},
}  # fmt: skip
DENIED["codex"] = DENIED["claude"]


def test_every_recording_is_tried_and_every_dialect_has_some() -> None:
    names = {path.stem for path in RECORDED.glob("*.json")}
    assert names == set(FOUND)
    assert {name.partition("-")[0] for name in names} == set(DIALECTS)


@pytest.mark.parametrize("name", FOUND)
def test_the_paths_of_a_call_are_found(name: str) -> None:
    dialect, call = load_dialect(name.partition("-")[0]), recorded_call(name, TOP)
    found = dialect.find_paths(call)
    assert (found and (found, Path(dialect.find_directory(call)))) == FOUND[name]


@pytest.mark.parametrize(("name", "call"), [(name, call) for name, calls in UNREADABLE.items() for call in calls])
def test_an_edit_without_a_readable_path_is_never_taken_for_none(name: str, call: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        load_dialect(name).find_paths(call)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_tool_that_nobody_knows_is_no_edit(name: str) -> None:
    call: dict[str, object] = {"tool_name": "Telepathy", "toolName": "telepathy", "tool": "telepathy"}
    assert load_dialect(name).find_paths(call) is None


@pytest.mark.parametrize("name", DENIED)
def test_a_refusal_is_the_json_that_the_client_reads(name: str) -> None:
    out, said, code = load_dialect(name).deny("No: \u00e9.")
    assert (json.loads(out), out.count("\n"), said, code) == (DENIED[name], 1, "", 0)


def test_opencode_is_told_by_the_exit_code() -> None:
    assert load_dialect("opencode").deny("No.") == ("", "No.\n", 1)


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "cursor"])
def test_what_is_allowed_is_passed_over_in_silence(name: str) -> None:
    assert load_dialect(name).allow() == ("", "", 0)


def test_cursor_is_told_either_way() -> None:
    out, said, code = load_dialect("cursor").allow()
    assert (json.loads(out), said, code) == ({"permission": "allow"}, "", 0)


def test_every_dialect_has_a_client_and_its_file_is_known_to_the_hook() -> None:
    assert tuple(CLIENTS) == DIALECTS
    assert {client.file.encode() for client in CLIENTS.values()} == set(HOOK_FILES)


@pytest.mark.parametrize(
    "command",
    [
        "cd a; apply_patch <<'EOF'\n*** Begin Patch\n*** Delete File: x\nEOF",
        "cd a && cd b && apply_patch <<'EOF'\n*** Begin Patch\n*** Delete File: x\nEOF",
        "cd 'a && apply_patch <<'EOF'\n*** Begin Patch\n*** Delete File: x\nEOF",
    ],
)
def test_a_patch_that_starts_nobody_knows_where_is_unreadable(command: str) -> None:
    call: dict[str, object] = {"cwd": "/repo", "tool_name": "Bash", "tool_input": {"command": command}}
    with pytest.raises(Unreadable):
        load_dialect("codex").find_directory(call)
