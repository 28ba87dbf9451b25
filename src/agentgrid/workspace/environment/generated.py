"""Variables that are made for each agent: who it is, its ports, its place in the database and in Redis. Pure."""

import re
from collections.abc import Iterable, Mapping

from agentgrid.config.schema import AgentConfig, Isolation
from agentgrid.workspace.environment.service_names import port_variable, url_variable, variable_names

# Where each client keeps settings, login and sessions.
CLIENT_HOMES = {
    "claude": "CLAUDE_CONFIG_DIR",
    "codex": "CODEX_HOME",
    "gemini": "GEMINI_CLI_HOME",
    "copilot": "COPILOT_HOME",
    "opencode": "OPENCODE_CONFIG_DIR",
}
MOCK_PORT = 8080  # seed 003: http://mock-NAME:8080
_PLAIN_SCHEMA = re.compile(r"[a-z_][a-z0-9_]*")
_ISOLATION = ("DB_SEARCH_PATH", "PGOPTIONS", "REDIS_DB", "REDIS_PREFIX", "COMPOSE_PROJECT_NAME", "MOCK_SERVICES")


def generated_names(services: Iterable[str]) -> frozenset[str]:
    """Every name that is made for some agent, so that none is inherited from another one's process. Homes of clients
    aren't among them: the person may have set those for everybody."""
    parts = variable_names(services).values()
    ports = (port_variable(part) for part in parts)
    urls = (url_variable(part) for part in parts)
    return frozenset({"AGENT_ID", "AGENTGRID_TASK", "PORT_BASE", *_ISOLATION, *ports, *urls})


def generate(
    agent: AgentConfig,
    *,
    project: str,
    ports: Mapping[str, int],
    task: str | None = None,
    pgoptions: str = "",
) -> dict[str, str]:
    """Name → value. `project`: the repository's name. `ports`: service → port, and the first of the agent's own under
    "". `task`: the one that the process works on. `pgoptions`: what is inherited, and stays."""
    return {
        "AGENT_ID": agent.id,
        **({"AGENTGRID_TASK": task} if task is not None else {}),
        **_addresses(agent.isolation, ports),
        **_database(agent.isolation, pgoptions),
        **_redis(agent.isolation),
        "COMPOSE_PROJECT_NAME": compose_project(project, agent.id),
        "MOCK_SERVICES": "true" if agent.isolation.mock_services else "false",
    }


def compose_project(project: str, agent: str) -> str:
    """`shop-a1`: as Docker Compose allows names, lower case, beginning with a letter or digit."""
    return re.sub(r"[^a-z0-9_-]", "-", f"{project}-{agent}".lower()).lstrip("-_")


def client_homes(agent: AgentConfig, home: str) -> dict[str, str]:
    """The homes of the agent's clients below the directory `home`, where it has its own (seed 001); of every client, as
    nobody knows which one is started."""
    if agent.isolation.home != "own":
        return {}
    return {name: f"{home}/{client}" for client, name in CLIENT_HOMES.items()}


def _addresses(isolation: Isolation, ports: Mapping[str, int]) -> dict[str, str]:
    found = {"PORT_BASE": str(ports[""])}
    parts = variable_names(service for service in ports if service)
    for service, part in parts.items():
        found[port_variable(part)] = str(ports[service])
        real = f"http://localhost:{ports[service]}"
        found[url_variable(part)] = f"http://mock-{service}:{MOCK_PORT}" if isolation.mock_services else real
    return found


def _database(isolation: Isolation, pgoptions: str) -> dict[str, str]:
    if not isolation.database_schema:
        return {}
    path = ",".join(_quote_schema(schema) for schema in isolation.database_schema)
    option = "-c search_path=" + re.sub(r"([\\\s])", r"\\\1", path)
    return {"DB_SEARCH_PATH": path, "PGOPTIONS": f"{pgoptions} {option}".strip()}


def _quote_schema(schema: str) -> str:
    """As SQL wants an identifier that isn't plain; `$user` is a name like any other there."""
    return schema if _PLAIN_SCHEMA.fullmatch(schema) else '"' + schema.replace('"', '""') + '"'


def _redis(isolation: Isolation) -> dict[str, str]:
    if isolation.redis is None:
        return {}
    return {"REDIS_DB": str(isolation.redis.db), "REDIS_PREFIX": isolation.redis.prefix}
