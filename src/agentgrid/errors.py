"""What can go wrong, as one tree; each class has its exit code (the table in the CLI contract).

AgentGridError
├─ UsageError       2   wrong options or arguments
├─ ConfigError      2   a configuration file: file, line, key, accepted values
├─ InputError       2   any other input: a path outside the repository, an unknown agent, a missing ref
│  ├─ NoRepository      there is no git repository
│  └─ KeyMissing        a key that the configuration names is not where it says
├─ Refused          1   the answer is no
│  ├─ LeaseHeld         somebody else has a lease on the path, or asked first
│  ├─ NotOwner          the path is another agent's, or frozen
│  ├─ BudgetExceeded    more than the agent's budget, or than the machine has
│  ├─ WouldLoseWork     the act would destroy work that is nowhere else
│  ├─ NotPermitted      the actor may not do this at all
│  └─ MigrationFails    a migration doesn't run on a scratch database, or doesn't do what it says
└─ OutsideError     3   something outside failed
   ├─ GitError          git: command, exit code, stderr
   ├─ GitHubError       GitHub's program `gh`: command, exit code, stderr
   ├─ KeySourceFailed   a program or service that keeps keys gave none
   └─ StoreError        the state: unreadable, damaged, full, of a newer program
      └─ StoreBusy          another process keeps it for longer than the deadline

Anything else is a bug: exit 70 and a crash log. Pure code returns verdicts; services raise; a face prints once.
"""

from collections.abc import Mapping, Sequence


class AgentGridError(Exception):
    """An error with a message for people, a hint with the next command, and details for `--json`."""

    exit_code = 70
    code = "error"

    def __init__(self, message: str, *, hint: str | None = None, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = dict(details or {})


class UsageError(AgentGridError):
    exit_code = 2
    code = "usage"


class InputError(AgentGridError):
    exit_code = 2
    code = "bad_input"


class NoRepository(InputError):
    code = "no_repository"


class KeyMissing(InputError):
    code = "key_missing"


class ConfigProblem:
    """One mistake in one file. `line` counts from 1; `accepted` says what would be right."""

    __slots__ = ("accepted", "file", "hint", "key", "line", "message")

    def __init__(
        self,
        file: str,
        line: int | None,
        key: str,
        message: str,
        *,
        accepted: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.file = file
        self.line = line
        self.key = key
        self.message = message
        self.accepted = accepted
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"
        if self.accepted:
            text += f" (accepted: {self.accepted})"
        return f"{text}; {self.hint}" if self.hint else text

    def as_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in ("file", "line", "key", "message", "accepted", "hint")}


class ConfigError(AgentGridError):
    """The configuration is wrong; every problem found is told, not only the first."""

    exit_code = 2
    code = "bad_config"

    def __init__(self, problems: Sequence[ConfigProblem], *, hint: str | None = None) -> None:
        self.problems = list(problems)
        super().__init__(
            "\n".join(str(problem) for problem in self.problems),
            hint=hint or "`agentgrid config check` lists every problem; `agentgrid config schema` the keys",
            details={"problems": [problem.as_dict() for problem in self.problems]},
        )


class Refused(AgentGridError):
    exit_code = 1
    code = "refused"


class LeaseHeld(Refused):
    code = "lock_held"


class NotOwner(Refused):
    code = "not_owner"


class BudgetExceeded(Refused):
    code = "budget_exceeded"


class WouldLoseWork(Refused):
    code = "would_lose_work"


class NotPermitted(Refused):
    code = "not_permitted"


class MigrationFails(Refused):
    code = "migration_fails"


class OutsideError(AgentGridError):
    exit_code = 3
    code = "outside"


class GitError(OutsideError):
    """A git command failed in a way its caller did not expect."""

    code = "git"

    def __init__(self, command: Sequence[str], returncode: int, stderr: str, *, hint: str | None = None) -> None:
        self.command = list(command)
        self.returncode = returncode
        self.stderr = stderr
        said = stderr.strip() or f"exit code {returncode}"
        super().__init__(
            f"git {' '.join(command)}: {said}",
            hint=hint,
            details={"command": self.command, "returncode": returncode, "stderr": stderr},
        )


class GitHubError(OutsideError):
    """GitHub's program failed, or refused what it was asked for. `stderr`: what it said, without secrets."""

    code = "github"

    def __init__(self, command: Sequence[str], returncode: int, stderr: str, *, hint: str | None = None) -> None:
        self.returncode = returncode
        self.stderr = stderr
        lines = [line.strip() for line in stderr.splitlines() if line.strip()]
        self.said = lines[-1] if lines else f"exit code {returncode}"
        super().__init__(
            f"gh {' '.join(command[:2])}: {self.said}",
            hint=hint,
            details={"command": list(command), "returncode": returncode, "stderr": stderr},
        )


class KeySourceFailed(OutsideError):
    code = "key_source"


class StoreError(OutsideError):
    code = "state"


class StoreBusy(StoreError):
    code = "state_busy"
