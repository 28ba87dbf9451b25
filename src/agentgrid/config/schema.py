"""The shapes of `agentgrid.yaml` and of an agent's file (the configuration contract), as frozen pydantic models.

Every key has a default. Unknown keys are refused. What a value means is said where it is used.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agentgrid.config.owner_handles import HANDLE_ACCEPTED, is_handle
from agentgrid.config.units import CpuShare, Duration, Size
from agentgrid.config.window import parse_window
from agentgrid.machine.secrets.references import ACCEPTED, parse_reference

Severity = Literal["error", "warn", "off"]
RuleName = Literal[
    "ownership.foreign", "ownership.unowned", "ownership.frozen", "ownership.shared-conflict",
    "lock.held", "lock.missing", "lock.stale", "secret.leaked", "message.format", "branch.name",
    "migration.unqueued", "migration.duplicate", "path.collision", "permission.base", "permission.branch",
    "permission.stash", "review.missing", "common.breaking",
]  # fmt: skip

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_SIGNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_SERVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def _check_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"{value!r} can't be an agent's id|letters, digits, - and _, up to 40, as in a1 or backend")
    return value


def _check_service(value: str) -> str:
    if not _SERVICE.fullmatch(value):
        raise ValueError(f"{value!r} can't be a service's name|letters, digits, . - and _, no slash, no wildcard")
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _check_regex(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}|Python's syntax") from error
    return value


def _check_window(value: str) -> str:
    parse_window(value)
    return value


def _check_reference(value: str) -> str:
    try:
        parse_reference(value)
    except ValueError as error:
        raise ValueError(f"{error}|{ACCEPTED}") from error
    return value


def _check_handle(value: str) -> str:
    if not is_handle(value):
        raise ValueError(f"{value!r} can't be a code owner|{HANDLE_ACCEPTED}")
    return value


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true/false where text is expected|text; put quotes around yes, no, on and off")  # noqa: TRY004
    return value


def _check_local_pattern(value: str) -> str:
    named = value.removeprefix("!")
    if not named.strip("/ ") or named.startswith("~") or ".." in named.split("/") or "\n" in value or "\0" in value:
        raise ValueError(
            f"{value!r} names nothing in the main worktree|"
            "a gitignore pattern of local files there: .env.local, certs/*.pem"
        )
    return value


def _check_signer(value: str) -> str:
    if not _SIGNER.fullmatch(value):
        raise ValueError(
            f"{value!r} can't be a signer's name|an agent's id, or a person's name as in jane or jane@example.com"
        )
    return value


def _check_public_key(value: str) -> str:
    from agentgrid.machine.ssh_signatures import is_public_key

    if not is_public_key(value):
        raise ValueError(
            f"{value[:40]!r} is not a public SSH key|one line as in the file id_ed25519.pub: ssh-ed25519 AAAA…"
        )
    return value


AgentId = Annotated[str, AfterValidator(_check_id)]
ServiceName = Annotated[str, AfterValidator(_check_service)]
Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])]
LocalPatterns = Annotated[
    tuple[Annotated[str, AfterValidator(_check_local_pattern)], ...],
    BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...]),
]
SignerName = Annotated[str, AfterValidator(_check_signer)]
PublicKeys = Annotated[
    tuple[Annotated[str, AfterValidator(_check_public_key)], ...],
    BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...]),
]
Handle = Annotated[str, AfterValidator(_check_handle)]
Handles = Annotated[tuple[Handle, ...], BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])]
Regex = Annotated[str, AfterValidator(_check_regex)]
Policy = Literal["claim", "deny", "warn", "allow"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, validate_default=False)


class Locks(Model):
    """Leases on common code. `auto`: hooks take a free lease by themselves. `until`: when it ends."""

    auto: bool = True
    until: Literal["landed", "commit"] = "landed"
    ttl: Duration = timedelta(minutes=30)
    grace: Duration = timedelta(minutes=10)


class Branches(Model):
    """`unmatched`: whose branch is one that matches no template?"""

    unmatched: Literal["person", "deny"] = "person"


class CodeOwners(Model):
    """Who stands in a CODEOWNERS file for what is no agent's; an empty list is nobody, None is not said."""

    common: Handles | None = None
    frozen: Handles | None = None


class Commits(Model):
    pattern: Regex
    example: str | None = None


class CommonCode(Model):
    """Versions of common code. A breaking change needs a new major `__version__` where there is one, or everywhere.
    `deprecation`: whether what is taken away has to have warned of it before."""

    version: Literal["optional", "required"] = "optional"
    deprecation: Literal["optional", "required"] = "optional"


class Check(Model):
    run: str
    timeout: Duration = timedelta(minutes=20)


class Land(Model):
    """How work lands. `approvals`: how many it needs. `reviewers`: whether those that the map names (the owner of a
    path that was opened, the steward of common code) are asked alone, or have to approve; default: as `approvals`."""

    via: Literal["local", "pr", "queue"] = "local"
    strategy: Literal["merge", "squash", "rebase"] = "merge"
    approvals: int = Field(default=0, ge=0)
    reviewers: Literal["asked", "required"] | None = None

    @property
    def is_map_binding(self) -> bool:
        """Whether the reviewers that the map names have to approve."""
        return self.reviewers == "required" if self.reviewers is not None else self.approvals > 0


class Lineage(Model):
    """One line of database migrations; numbers are given by `owner` or at landing.

    `window`: when requests are integrated: `always`, `daily 09:00` or `weekly monday 09:00` (this machine's time).
    `integrate`: onto the owner's branch, or as one more branch of the train. `database`: where the URL of a PostgreSQL
    server is found on which migrations are tried too. `python`: the interpreter that has Alembic or Django, relative to
    the root (default: the one that is found). `settings`: Django's settings module."""

    path: str
    style: Literal["sql", "sql-timestamp", "alembic", "django"] = "sql"
    owner: AgentId | None = None
    dialect: Literal["postgres", "sqlite", "mysql", "tsql", "oracle", "duckdb", "snowflake", "bigquery", "redshift"] = (
        "postgres"
    )
    window: Annotated[str, AfterValidator(_check_window)] = "always"
    integrate: Literal["branch", "train"] = "branch"
    database: Annotated[str, AfterValidator(_check_reference)] | None = None
    python: str | None = Field(default=None, min_length=1)
    settings: str | None = Field(default=None, min_length=1)


class Setup(Model):
    """What a new worktree gets: local files copied or linked from the main worktree, commands to run in it, and those
    to run before it is taken down. `timeout`: of each command."""

    copy_: LocalPatterns = Field(default=(), alias="copy")
    symlink: LocalPatterns = ()
    run: Patterns = ()
    teardown: Patterns = ()
    timeout: Duration = timedelta(minutes=15)


class Compose(Model):
    """The compose file. `image`: of the agents' sandboxes, made by somebody else; without one it is built on `base`.
    `services`: shared infrastructure, as the compose specification writes services."""

    image: str | None = Field(default=None, min_length=1)
    base: str | None = Field(default=None, pattern=r"^\S+$")
    services: dict[ServiceName, dict[str, Any]] = Field(default_factory=dict)


class GridEnv(Model):
    inherit: Literal["safe", "all"] | tuple[str, ...] = "safe"
    set: dict[str, Annotated[str, BeforeValidator(_no_bool)]] = Field(default_factory=dict)


class Secrets(Model):
    """`allow`: patterns of files in which nothing is taken for a secret by its looks; a known key is refused there
    too."""

    allow: Patterns = ()


class Reserve(Model):
    memory: Size = 0


class Machine(Model):
    """`reserve`: what agents may not use, for Docker and the rest of the system."""

    reserve: Reserve = Reserve()


class Owns(Model):
    """`critical` and `support`: this agent's paths. `common`: common paths it is steward of."""

    critical: Patterns = ()
    support: Patterns = ()
    common: Patterns = ()


class Author(Model):
    name: str = Field(min_length=1)
    email: str = Field(min_length=1)


class Permissions(Model):
    land: bool = True
    approve: Patterns = ()


class Limits(Model):
    tokens_per_minute: int | None = Field(default=None, gt=0)
    requests_per_minute: int | None = Field(default=None, gt=0)
    cost_per_day_usd: float | None = Field(default=None, gt=0)


class Redis(Model):
    db: int = Field(default=0, ge=0)
    prefix: str = ""


class Isolation(Model):
    home: Literal["shared", "own"] = "shared"
    database_schema: Patterns = ()
    redis: Redis | None = None
    mock_services: bool = False


class Budget(Model):
    """What an agent may use of the machine. `disk`: of its worktree. `wall_time`: of one command that is run for it."""

    memory: Size | None = Field(default=None, gt=0)
    cpu: CpuShare | None = Field(default=None, gt=0)
    disk: Size | None = Field(default=None, gt=0)
    processes: int | None = Field(default=None, gt=0)
    wall_time: Duration | None = None


class Runner(Model):
    """The program that drives the agent. `client` may be any program's name; known ones get their edit hook."""

    client: str = "claude"
    model: str | None = None
    args: Patterns = ()
    prompt: str | None = None
    subagents: Patterns = ()


class AgentConfig(Model):
    """`config/agents/<id>.yaml`."""

    id: AgentId
    name: str | None = None
    area: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    role: str | None = None
    focus: str | None = None
    owns: Owns = Owns()
    codeowners: Handles = ()
    author: Author | None = None
    permissions: Permissions = Permissions()
    branch: str | None = None
    commands: dict[str, str] = Field(default_factory=dict)
    keys: dict[str, str] = Field(default_factory=dict)
    limits: Limits = Limits()
    isolation: Isolation = Isolation()
    budget: Budget = Budget()
    runner: Runner = Runner()

    @property
    def title(self) -> str:
        return self.name or self.id


class GridConfig(Model):
    """`agentgrid.yaml`."""

    version: Literal[1] = 1
    base: str = Field(default="main", min_length=1)
    worktree: str = Field(default="../{repo}-{agent}", min_length=1)
    branch: str = Field(default="feat/{area}/{topic}__{agent}", min_length=1)
    agents: str | dict[AgentId, dict[str, Any]] = "config/agents"
    services: dict[ServiceName, Patterns] = Field(default_factory=dict)
    common: Patterns = ()
    common_code: CommonCode = CommonCode()
    frozen: Patterns = ()
    derived: dict[str, str] = Field(default_factory=dict)
    codeowners: CodeOwners = CodeOwners()
    unowned: Policy = "claim"
    locks: Locks = Locks()
    branches: Branches = Branches()
    rules: dict[RuleName, Severity] = Field(default_factory=dict)
    requires: str | None = Field(default=None, pattern=r"^>=\s*\d+(\.\d+)*$")
    commits: Commits | None = None
    checks: tuple[Check, ...] = ()
    land: Land = Land()
    signers: dict[SignerName, PublicKeys] = Field(default_factory=dict)
    migrations: dict[str, Lineage] = Field(default_factory=dict)
    setup: Setup = Setup()
    compose: Compose = Compose()
    env: GridEnv = GridEnv()
    secrets: Secrets = Secrets()
    machine: Machine = Machine()
    state: str = Field(default="sqlite", pattern=r"^(sqlite|postgres(ql)?://.+)$")
    metrics: dict[str, Annotated[str, BeforeValidator(_no_bool)]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _rules_off(cls, value: Any) -> Any:
        """YAML reads a bare `off` as false; here it is the severity."""
        if isinstance(value, dict) and isinstance(value.get("rules"), dict):
            rules = {key: "off" if item is False else item for key, item in value["rules"].items()}
            return {**value, "rules": rules}
        return value


SHIPPED_RULES: tuple[str, ...] = RuleName.__args__  # type: ignore[attr-defined]
