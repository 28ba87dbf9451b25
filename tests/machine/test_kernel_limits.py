"""Limits that the kernel keeps: what systemd is asked for, and what is made of its answers.

systemd isn't everywhere that tests run, so it is played by a function here.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from agentgrid.machine.kernel_limits import KernelLimits, Scope, plan_scope, probe_kernel_limits, was_out_of_memory


class Systemd:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self.asked: list[Sequence[str]] = []
        self._answers = list(answers)

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        self.asked.append(command)
        return self._answers.pop(0)


@pytest.fixture
def controllers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A machine with version 2 of control groups and a systemd-run."""
    program = tmp_path / "systemd-run"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (tmp_path / "controllers").write_text("cpu memory pids\n", encoding="ascii")
    return str(tmp_path / "controllers")


def test_limits_that_reach_the_kernel_are_used(controllers: str) -> None:
    systemd = Systemd((0, "1073741824\n4096\n100000 100000\n"))

    found = probe_kernel_limits(systemd, controllers)

    manager = "--system" if os.geteuid() == 0 else "--user"
    assert found == KernelLimits(("systemd-run", manager, "--scope", "--quiet"), keeps_cpu=True)
    assert "MemoryMax=1073741824" in systemd.asked[0]


@pytest.mark.parametrize(
    ("code", "said", "missing"),
    [
        (1, "", "systemd gives this user no scope"),
        (0, "max\nmax\nnone\n", "systemd makes a scope, but its limits don't reach the kernel"),
        (0, "", "systemd makes a scope, but its limits don't reach the kernel"),
    ],
)
def test_limits_that_do_not_are_not_believed_in(controllers: str, code: int, said: str, missing: str) -> None:
    assert probe_kernel_limits(Systemd((code, said)), controllers) == KernelLimits(missing=missing)


def test_processor_time_that_is_not_delegated_is_left_to_others(controllers: str) -> None:
    found = probe_kernel_limits(Systemd((0, "1073741824\n4096\nnone\n")), controllers)

    scope = plan_scope(found, "x", memory_bytes=1000, cpus=0.5, processes=10)
    assert scope is not None
    assert not any("CPU" in word for word in scope.prefix)


def test_without_version_2_nobody_is_asked(tmp_path: Path) -> None:
    found = probe_kernel_limits(Systemd(), str(tmp_path / "none"))

    assert found == KernelLimits(missing="this system has no control groups of version 2")
    assert plan_scope(found, "x", memory_bytes=1000, cpus=None, processes=None) is None


def test_a_scope_slows_at_the_budget_and_kills_above_it() -> None:
    kernel = KernelLimits(("systemd-run", "--user", "--scope", "--quiet"), keeps_cpu=True)

    scope = plan_scope(kernel, "a1", memory_bytes=1000, cpus=1.5, processes=20)

    assert scope is not None
    assert scope.unit == "agentgrid-a1.scope"
    assert scope.prefix == (
        "systemd-run", "--user", "--scope", "--quiet", "--unit=agentgrid-a1.scope", "-p", "MemoryHigh=1000",
        "-p", "MemoryMax=1100", "-p", "CPUQuota=150%", "-p", "TasksMax=320", "--",
    )  # fmt: skip


@pytest.mark.parametrize(("said", "was"), [("oom-kill\n", True), ("success\n", False), ("", False)])
def test_what_the_kernel_ended_for_its_memory_is_told_and_forgotten(said: str, was: bool) -> None:
    systemd = Systemd((0, said), (0, ""))

    assert was_out_of_memory(Scope("agentgrid-x.scope", (), "--user"), systemd) is was
    assert systemd.asked[1] == ["systemctl", "--user", "reset-failed", "agentgrid-x.scope"]
