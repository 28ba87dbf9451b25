"""`--help` of every command, and what a shell completes."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from agentgrid.cli import app as command_line
from support.program import InitialisedGrid, agentgrid, run
from support.repositories import Sandbox

COMMANDS = [
    "init", "demo", "doctor", "policy show", "policy apply", "config schema", "config check", "uninstall",
    "start", "sync", "remove", "prune", "join", "path", "agent list", "agent show", "agent add", "agent repair",
    "agent hooks", "as-me",
    "owner", "can-edit", "check", "map", "lock", "unlock", "locks", "renew",
    "grant", "revoke", "grants", "land", "setup", "compose", "status", "log", "report", "state show", "conflicts",
    "review request", "review approve", "review reject", "review list", "review show", "pr",
    "migration submit", "migration list", "migration show", "migration approve", "migration reject",
    "migration withdraw", "migration integrate",
    "env show", "env write", "env check", "env export", "exec", "each", "budget",
    "common check",
]  # fmt: skip
ALL_HELP = """\
import sys
from agentgrid.cli.app import run
for command in sys.stdin.read().splitlines():
    sys.argv = ["agentgrid", *command.split(), "--help"]
    print(f"\\x1e{command}\\x1e", flush=True)
    assert run() == 0
"""


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """Command → its help, all from one process."""
    done = subprocess.run([sys.executable, "-c", ALL_HELP], input="\n".join(COMMANDS), capture_output=True, text=True,
                          check=True)  # fmt: skip
    parts = done.stdout.split("\x1e")[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("arguments", [["locks", "--json"], ["-C", ".", "locks"]])
def test_a_command_that_is_named_imports_its_own_module_alone(repo: Sandbox, arguments: list[str]) -> None:
    program = (
        "import sys; from agentgrid.cli.app import run; sys.argv = ['agentgrid', *sys.argv[1:]]; run();"
        "print(*sorted(name for name in sys.modules if name.startswith('agentgrid.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", program, *arguments], cwd=repo.path, capture_output=True, text=True,
                          check=True)  # fmt: skip
    names = {name.removeprefix("agentgrid.cli.") for name in done.stdout.splitlines()[-1].split()}
    assert names & set(command_line._COMMANDS) == {"leases"}


def test_each_command_is_in_the_module_that_it_is_looked_for_in() -> None:
    for module, commands in command_line._COMMANDS.items():
        text = (Path(command_line.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
        for command in commands:
            is_named = f'"{command}"' in text or f"\ndef {command.replace('-', '_')}(" in text
            assert is_named, (module, command)
    listed = {command for commands in command_line._COMMANDS.values() for command in commands}
    assert listed == {command.split()[0] for command in COMMANDS}


def test_the_list_of_commands_is_whole() -> None:
    command_line._register()

    assert sorted(COMMANDS) == sorted(_names(typer.main.get_command(command_line.app), ""))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example_of_itself(helps: dict[str, str], command: str) -> None:
    text = " ".join(helps[command].replace("│", " ").split())

    assert "Example" in text
    assert f"agentgrid {command}" in text.partition("Example")[2]


def test_the_commands_are_grouped_in_panels(tmp_path: Path) -> None:
    answer = agentgrid(tmp_path, "--help")

    places = [answer.out.index(panel) for panel in ("Set up", "A day with agents", "Boundaries", "Insight")]
    assert places == sorted(places)


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    answer = agentgrid(tmp_path)

    assert "Usage: agentgrid [OPTIONS] COMMAND" in answer.out + answer.err
    assert answer.code in {0, 2}
    assert "hint" not in answer.err


def test_the_version_is_told(tmp_path: Path) -> None:
    from agentgrid import __version__

    assert agentgrid(tmp_path, "--version").out == f"agentgrid {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("agentgrid remove ", ["a1", "a2"]),
        ("agentgrid path a2", ["a2"]),
        ("agentgrid exec a", ["a1", "a2"]),
        ("agentgrid budget ", ["a1", "a2"]),
        ("agentgrid can-edit --agent a", ["a1", "a2"]),
        ("agentgrid init --preset four", ["four-services"]),
    ],
)
def test_a_shell_completes_agents_and_presets(small_grid: InitialisedGrid, typed: str, offered: list[str]) -> None:
    variables = {"_AGENTGRID_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(typed.count(" "))}

    answer = run(small_grid.main, "agentgrid", env=variables)

    assert (answer.code, answer.out.split(), answer.err) == (0, offered, "")


def test_outside_a_repository_completion_is_silent(tmp_path: Path) -> None:
    variables = {"_AGENTGRID_COMPLETE": "complete_bash", "COMP_WORDS": "agentgrid remove ", "COMP_CWORD": "2"}

    answer = run(tmp_path, "agentgrid", env=variables)

    assert (answer.code, answer.out.strip(), answer.err) == (0, "", "")


def _names(command: object, before: str) -> list[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [before.strip()]
    return [name for key, each in inner.items() for name in _names(each, f"{before} {key}")]
