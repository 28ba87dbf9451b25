"""The commands that set a worktree up, with where they are written; each is known by its exact text."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agentgrid.config.policy import Policy

Act = Literal["shell", "lefthook", "pre-commit"]


@dataclass(frozen=True)
class SetupCommand:
    """`text`: what sh runs. `source`: where the repository says so. `script`: a file that it runs, and what was in it
    when it was read. `act`: `shell`, or the tool whose hooks are bootstrapped."""

    text: str
    source: str
    script: Path | None = None
    script_content: str = ""
    act: Act = "shell"

    @property
    def exact(self) -> str:
        """All that a person approves."""
        return f"{self.text}\n{self.script_content}" if self.script else self.text

    @property
    def fingerprint(self) -> str:
        """64 hex digits: the same text, the same digits."""
        return hashlib.sha256(f"{self.act}\0{self.exact}".encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def is_as_read(self) -> bool:
        """False when the script has changed since."""
        if self.script is None:
            return True
        try:
            return self.script.read_bytes().decode("utf-8", "surrogateescape") == self.script_content
        except OSError:
            return False


def list_policy_commands(policy: Policy, key: Literal["run", "teardown"]) -> list[SetupCommand]:
    """`setup.run` or `setup.teardown` of the policy, in its order."""
    texts = policy.grid.setup.run if key == "run" else policy.grid.setup.teardown
    found: list[SetupCommand] = []
    for index, text in enumerate(texts):
        file, line = policy.where(None, "setup", key, index)
        place = f"{file}:{line}" if line else file
        found.append(SetupCommand(text, f"{place} setup.{key}"))
    return [each for each in found if each.text.strip()]
