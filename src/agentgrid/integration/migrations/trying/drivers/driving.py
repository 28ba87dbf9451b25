"""Started as `python driving.py PLAN`: does what the plan says with the tool that it names, and writes the answer.

Everything happens in one process: starting interpreters is what takes long. It ends when whoever started it is gone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
import traceback
from typing import Any

_LOOK_S = 0.5


class Answer:
    """What is told of one engine; see tool_trial.py for how it is read."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.told: dict[str, Any] = {"blank": None, "new": [], "back": [], "again": None, "notes": [], "uneasy": []}
        self.current = ""

    def note(self, file: str | None, line: int | None, reason: str) -> None:
        """Something that this engine couldn't be asked."""
        self.told["notes"].append([file, line, reason])
        self.told["uneasy"].append(self.current)

    def fail(self, error: BaseException, words: str, *, statement: str = "", place: Any = None) -> None:
        """`place`: (file, line) when it is known better than the traceback knows it."""
        file, line = place or place_of(error, self.plan["versions"])
        self.told["failure"] = {
            "migration": self.current, "file": file, "line": line, "words": words, "statement": statement,
        }  # fmt: skip

    def place_of(self, error: BaseException) -> tuple[str | None, int | None]:
        return place_of(error, self.plan["versions"])

    def place_of_caller(self, frame: Any) -> tuple[str | None, int | None]:
        """(file, line) in the lineage's directory from which what runs in `frame` was called."""
        inside = os.path.join(os.path.realpath(self.plan["versions"]), "")
        while frame is not None:
            if os.path.realpath(frame.f_code.co_filename).startswith(inside):
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return None, None

    def write(self) -> None:
        partial = self.plan["answer"] + ".part"
        with open(partial, "w", encoding="utf-8") as stream:
            json.dump(self.told, stream, default=str)
        os.replace(partial, self.plan["answer"])


def place_of(error: BaseException, versions: str) -> tuple[str | None, int | None]:
    """(file, line) of the last place in the lineage's directory that the error came through."""
    inside = os.path.join(os.path.realpath(versions), "")
    if isinstance(error, SyntaxError) and error.filename and os.path.realpath(error.filename).startswith(inside):
        return error.filename, error.lineno
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.realpath(frame.filename).startswith(inside)
    ]
    if frames:
        return frames[-1].filename, frames[-1].lineno
    return None, None


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(75)


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as stream:
        plan = json.load(stream)
    os.unlink(sys.argv[1])  # it may hold a password
    threading.Thread(target=_watch, args=(plan["parent"],), daemon=True).start()
    tool = importlib.import_module(plan["tool"])
    sys.path[:] = [
        each for each in sys.path if os.path.realpath(each or ".") != os.path.dirname(os.path.realpath(__file__))
    ]
    sys.path[:0] = plan["paths"]
    answer = Answer(plan)
    try:
        tool.run(plan, answer)
    finally:
        answer.write()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
