"""A command that takes too long is ended with everything that it started; one that ends by itself tells its code."""

import os
import threading
import time
from pathlib import Path

import psutil
import pytest

from agentgrid.machine.logged_command import Ended, run_logged

LONG_S = 60.0


def run(
    text: str, place: Path, *, timeout_s: float = LONG_S, cancel: threading.Event | None = None, grace_s: float = 5.0
) -> Ended:
    with (place / "log").open("ab") as log:
        return run_logged(["sh", "-c", text], place, dict(os.environ), log.fileno(), timeout_s=timeout_s,
                          cancel=cancel or threading.Event(), grace_s=grace_s)  # fmt: skip


def wait_until_gone(pid: int) -> bool:
    for _ in range(600):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(("text", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)])
def test_the_exit_code_is_as_a_shell_tells_it(tmp_path: Path, text: str, code: int) -> None:
    ended = run(text, tmp_path)
    assert (ended.code, ended.cut) == (code, None)


def test_both_outputs_are_in_the_log_and_nothing_can_be_read(tmp_path: Path) -> None:
    run("echo out; echo err >&2; read line || echo nothing", tmp_path)
    assert (tmp_path / "log").read_text() == "out\nerr\nnothing\n"


def cut(text: str, place: Path, *, grace_s: float = 5.0) -> Ended:
    """Runs `text` and cancels it as soon as the file `ready` is there."""
    cancel = threading.Event()

    def cancel_when_ready() -> None:
        while not (place / "ready").exists():
            time.sleep(0.02)
        cancel.set()

    thread = threading.Thread(target=cancel_when_ready)
    thread.start()
    ended = run(text, place, cancel=cancel, grace_s=grace_s)
    thread.join()
    return ended


def test_at_the_timeout_the_whole_group_is_ended(tmp_path: Path) -> None:
    ended = run("sleep 300 & echo $! >child; wait", tmp_path, timeout_s=3.0)
    assert ended.cut == "timeout"
    assert wait_until_gone(int((tmp_path / "child").read_text()))


def test_it_is_asked_first(tmp_path: Path) -> None:
    ended = cut("trap 'echo asked; exit 3' TERM; touch ready; while :; do sleep 0.1; done", tmp_path)
    assert (ended.code, ended.cut) == (3, "cancelled")
    assert (tmp_path / "log").read_text().endswith("asked\n")


def test_what_doesnt_listen_is_killed(tmp_path: Path) -> None:
    ended = cut("trap '' TERM; sleep 300 & echo $! >child; touch ready; while :; do sleep 0.1; done", tmp_path,
                grace_s=0.5)  # fmt: skip
    assert (ended.code, ended.cut) == (137, "cancelled")
    assert wait_until_gone(int((tmp_path / "child").read_text()))


def test_a_child_that_outlives_its_polite_parent_is_killed_as_well(tmp_path: Path) -> None:
    cut("(trap '' TERM; touch ready; sleep 300) & echo $! >child; sleep 300", tmp_path, grace_s=0.5)
    assert wait_until_gone(int((tmp_path / "child").read_text()))
