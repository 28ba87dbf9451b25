"""Coding agents' own programs, run headless on a stub model: each in its own words, each with settings of its own.

Nothing of the person's reaches them, and nothing but loopback is reached by them.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from support.model_calls import ToolCall
from support.program import with_program
from support.repositories import Sandbox
from support.stub_model import serve_model
from support.tools import IS_CI, require_agent_client

_LIMIT_S = 180
_NOWHERE = "http://127.0.0.1:9"  # the discard port: what isn't for the stub ends there

Change = tuple[str, str, str]
Launch = tuple[list[str | Path], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Session:
    """How the client ended. `results`: what it gave back to the model for each call."""

    code: int
    out: str
    err: str
    results: list[str]

    @property
    def last(self) -> str:
        return self.results[-1]


@dataclass(frozen=True, slots=True)
class AgentClient:
    """`change`: the calls that replace a line of a file (absolute path, before, after). `shell`: the call that runs a
    command. `launch`: program, a model's url and a worktree → the command line, and what the environment has to say."""

    name: str
    change: Callable[[Path, str, str], list[ToolCall]]
    shell: Callable[[str], ToolCall]
    launch: Callable[[Path, str, Path], Launch]

    def run(self, where: Sandbox, *calls: ToolCall, options: tuple[str, ...] = (), cwd: str = ".") -> Session:
        """Lets the client carry out the model's `calls` in `where` (or `cwd` below it). `options`: of its own."""
        program = require_agent_client(self.name, is_ci=IS_CI)
        with serve_model(*calls) as model:
            command, env = self.launch(program, model.url, where.path)
            code, out, err = _finish([*command, *options], where.path / cwd, with_program(env))
        assert len(model.results) == len(calls), f"{model.results} {model.strays}\n{out}\n{err}"
        return Session(code, out, err, model.results)


def _finish(command: list[str | Path], cwd: Path, env: Mapping[str, str]) -> tuple[int, str, str]:
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)  # fmt: skip
    try:
        out, err = process.communicate(timeout=_LIMIT_S)
    finally:
        with suppress(ProcessLookupError):  # what it left behind ends with it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode, out, err


def _alone() -> dict[str, str]:
    proxies = {"HTTP_PROXY": _NOWHERE, "HTTPS_PROXY": _NOWHERE, "NO_PROXY": "127.0.0.1"}
    return proxies | {name.lower(): value for name, value in proxies.items()}


# Claude Code


def _claude_change(path: Path, before: str, after: str) -> list[ToolCall]:
    edit = {"file_path": str(path), "old_string": before, "new_string": after}
    return [ToolCall("Read", {"file_path": str(path)}), ToolCall("Edit", edit)]  # it edits only what it has read


def _claude_shell(command: str) -> ToolCall:
    return ToolCall("Bash", {"command": command, "description": "Run a command"})


def _launch_claude(program: Path, url: str, _worktree: Path) -> Launch:
    home = Path(os.environ["HOME"])
    (home / ".tmp").mkdir(exist_ok=True)
    env = {
        **_alone(),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-made-up",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_TMPDIR": str(home / ".tmp"),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "DISABLE_AUTOUPDATER": "1",
    }
    return [program, "--print", "Do it.", "--permission-mode", "acceptEdits", "--allowedTools", "Bash"], env


# Codex


def patch(*changes: Change) -> str:
    """A patch in apply_patch's form that replaces one line in each file: path, before, after."""
    updates = "".join(f"*** Update File: {path}\n@@\n-{before}\n+{after}\n" for path, before, after in changes)
    return f"*** Begin Patch\n{updates}*** End Patch\n"


def heredoc(*changes: Change) -> str:
    """The shell command that applies the patch."""
    return f"apply_patch <<'EOF'\n{patch(*changes)}EOF\n"


def _codex_change(path: Path, before: str, after: str) -> list[ToolCall]:
    return [ToolCall("apply_patch", patch((str(path), before, after)))]


def _codex_shell(command: str) -> ToolCall:
    return ToolCall("exec_command", {"cmd": command, "yield_time_ms": 30_000})  # it goes on without what takes longer


_CODEX_CONFIG = """\
model_provider = "stub"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.stub]
name = "stub"
base_url = "{url}/v1"
env_key = "CODEX_API_KEY"
wire_api = "responses"

[projects."{worktree}"]
trust_level = "trusted"
"""


def _launch_codex(program: Path, url: str, worktree: Path) -> Launch:
    """Hooks run only where a person trusts the project, and has looked at each of them: for that stands the flag."""
    home = Path(os.environ["HOME"]) / ".codex"
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text(_CODEX_CONFIG.format(url=url, worktree=worktree), encoding="utf-8")
    env = {**_alone(), "CODEX_HOME": str(home), "CODEX_API_KEY": "sk-made-up"}
    return [program, "exec", "--dangerously-bypass-hook-trust", "Do it."], env


CLAUDE = AgentClient("claude", _claude_change, _claude_shell, _launch_claude)
CODEX = AgentClient("codex", _codex_change, _codex_shell, _launch_codex)
CLIENTS = {client.name: client for client in (CLAUDE, CODEX)}
