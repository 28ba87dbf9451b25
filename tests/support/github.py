"""GitHub for tests: a bare repository, and a `gh` on PATH that keeps pull requests in a file and really merges."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import fake_gh
from support.program import Answer, agentgrid
from support.repositories import Sandbox

PASSED = {"__typename": "CheckRun", "name": "tests", "status": "COMPLETED", "conclusion": "SUCCESS"}
FAILED = {**PASSED, "conclusion": "FAILURE"}
RUNNING = {**PASSED, "status": "IN_PROGRESS", "conclusion": ""}


@dataclass(frozen=True, slots=True)
class GitHub:
    """`tools`: the directory with `gh` and the file beside it."""

    server: Sandbox
    tools: Path

    @property
    def path(self) -> str:
        """PATH with this `gh` first."""
        return f"{self.tools}{os.pathsep}{os.environ['PATH']}"

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.tools / "server.json").read_text(encoding="utf-8"))
        return found

    def change(self, **values: Any) -> None:
        """Sets what the server or the program does next."""
        changed = {**self.state, **values}
        (self.tools / "server.json").write_text(json.dumps(changed), encoding="utf-8")

    def pull(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.state["pulls"][number - 1]
        return found

    def change_pull(self, number: int, **values: Any) -> None:
        pulls = self.state["pulls"]
        pulls[number - 1].update(values)
        self.change(pulls=pulls)

    def asked(self, *words: str) -> list[list[str]]:
        """The calls that begin so."""
        return [each for each in self.state["asked"] if each[: len(words)] == list(words)]

    def agentgrid(self, where: Sandbox, *arguments: str) -> Answer:
        return agentgrid(where, *arguments, env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{self.path}"})


def make_github(path: Path, server: Sandbox) -> GitHub:
    path.mkdir(parents=True)
    program = path / "gh"
    source = Path(fake_gh.__file__).read_text(encoding="utf-8")
    program.write_text(f"#!{sys.executable}\n{source}", encoding="utf-8")
    program.chmod(0o755)
    made = GitHub(server, path)
    start = {"repository": str(server.path), "logged_in": True, "pulls": [], "checks": {}, "asked": []}
    (path / "server.json").write_text(json.dumps(start), encoding="utf-8")
    return made
