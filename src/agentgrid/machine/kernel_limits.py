"""Limits that the kernel itself keeps: a systemd scope in a control group (version 2), where this user gets one.

Whether that works is tried, not guessed: a scope is made with limits, and a program in it reads what the kernel has.
Memory gets two marks: at the budget the kernel makes the program slow, which leaves time to end it politely, and a
tenth above it kills it.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_PROBE_S = 10.0
_TASKS_FACTOR = 16  # a kernel's task is a thread
_ABOVE = 1.1
_CONTROLLERS = "/sys/fs/cgroup/cgroup.controllers"  # only where version 2 is the one in use
_PROBE_MEMORY, _PROBE_TASKS = 1 << 30, 4096
_READ_OWN_GROUP = """g=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
for f in memory.max pids.max cpu.max; do if [ -r "$g/$f" ]; then cat "$g/$f"; else echo none; fi; done"""

Run = Callable[[Sequence[str]], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class KernelLimits:
    """`scope`: how to ask systemd for one; empty where there is none, and `missing` says why. `keeps_cpu`: whether it
    limits processor time."""

    scope: tuple[str, ...] = ()
    keeps_cpu: bool = False
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope to be: its unit's name, and the command line that starts a program in it."""

    unit: str
    prefix: tuple[str, ...]
    manager: str


def probe_kernel_limits(run: Run | None = None, controllers: str = _CONTROLLERS) -> KernelLimits:
    """What this user gets on this machine, tried. `run`: (exit code, stdout) of a command."""
    ask = run or _run
    if not os.path.exists(controllers):
        return KernelLimits(missing="this system has no control groups of version 2")
    if shutil.which("systemd-run") is None:
        return KernelLimits(missing="there is no systemd-run")
    manager = _manager()
    asked = ("systemd-run", manager, "--scope", "--quiet", "--collect")
    wanted = ("-p", f"MemoryMax={_PROBE_MEMORY}", "-p", f"TasksMax={_PROBE_TASKS}", "-p", "CPUQuota=100%")
    code, said = ask([*asked, *wanted, "--", "sh", "-c", _READ_OWN_GROUP])
    found = said.split("\n")
    if code != 0:
        return KernelLimits(missing="systemd gives this user no scope")
    if found[:2] != [str(_PROBE_MEMORY), str(_PROBE_TASKS)]:
        return KernelLimits(missing="systemd makes a scope, but its limits don't reach the kernel")
    words = found[2].split() if len(found) > 2 else []
    return KernelLimits(asked[:-1], keeps_cpu=len(words) == 2 and words[0] == words[1])


def plan_scope(
    limits: KernelLimits, name: str, *, memory_bytes: int | None, cpus: float | None, processes: int | None
) -> Scope | None:
    """A scope with these limits; None where the kernel keeps none."""
    if not limits.scope:
        return None
    properties = []
    if memory_bytes is not None:
        properties += [f"MemoryHigh={memory_bytes}", f"MemoryMax={int(memory_bytes * _ABOVE)}"]
    if cpus is not None and limits.keeps_cpu:
        properties.append(f"CPUQuota={cpus * 100:g}%")
    if processes is not None:
        properties.append(f"TasksMax={processes * _TASKS_FACTOR}")
    unit = f"agentgrid-{name}.scope"
    options = [option for each in properties for option in ("-p", each)]
    return Scope(unit, (*limits.scope, f"--unit={unit}", *options, "--"), limits.scope[1])


def was_out_of_memory(scope: Scope, run: Run | None = None) -> bool:
    """Whether the kernel killed something in an ended scope for its memory. The scope is forgotten then."""
    ask = run or _run
    code, said = ask(["systemctl", scope.manager, "show", "--property=Result", "--value", scope.unit])
    ask(["systemctl", scope.manager, "reset-failed", scope.unit])
    return code == 0 and said.strip() == "oom-kill"


def _manager() -> str:
    return "--system" if os.geteuid() == 0 else "--user"


def _run(command: Sequence[str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PROBE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 1, ""
    return done.returncode, done.stdout
