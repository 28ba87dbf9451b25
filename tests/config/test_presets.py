"""The shipped presets say what the specification's documents say, and no two agents claim one path."""

import re
from pathlib import Path

import pytest

from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import COMMON, FROZEN, OWNED, SHARED_CONFLICT, UNOWNED, Territory
from agentgrid.config import presets
from agentgrid.config.policy import Policy, parse_policy
from agentgrid.config.presets import list_presets, load_preset
from agentgrid.errors import ConfigError, InputError
from agentgrid.workspace.naming import agent_of_branch, branch_name, worktree_path
from support.sample_tree import AREAS, plan_tree

GB = 10**9
AGENTS = {
    "duo": ["claude", "copilot"],
    "four-services": ["a1", "a2", "a3", "a4"],
    "orchestrated": ["anga", "fabien", "marie", "orchestrator"],
    "pipeline": ["analyzer", "builder", "deployer", "tester", "validator"],
    "six-roles": ["backend", "frontend", "infrastructure", "integration", "realtime", "testing"],
    "solo": ["solo"],
}
every_preset = pytest.mark.parametrize("name", list(AGENTS))


def policy_of(name: str) -> Policy:
    return parse_policy(load_preset(name).files)


def territory_of(name: str) -> Territory:
    return Territory(compile_policy(policy_of(name)))


def test_every_preset_is_listed_by_name_with_the_document_it_follows() -> None:
    assert [(preset.name, preset.seed) for preset in list_presets()] == [
        ("duo", "000"),
        ("four-services", "003"),
        ("orchestrated", "001"),
        ("pipeline", "004"),
        ("six-roles", "002"),
        ("solo", None),
    ]


@every_preset
def test_a_preset_is_a_valid_policy_with_its_agents(name: str) -> None:
    assert list(policy_of(name).agents) == AGENTS[name]


@every_preset
def test_its_files_lie_where_the_repository_will_have_them(name: str) -> None:
    assert list(load_preset(name).files.agents) == [f"config/agents/{agent}.yaml" for agent in AGENTS[name]]


@every_preset
def test_a_preset_is_told_in_one_line(name: str) -> None:
    preset = load_preset(name)
    assert preset.title
    assert preset.summary
    assert "\n" not in preset.title + preset.summary


@every_preset
def test_each_agent_has_a_role_and_a_focus(name: str) -> None:
    assert [agent.id for agent in policy_of(name).agents.values() if not (agent.role and agent.focus)] == []


@every_preset
def test_each_agent_has_a_first_topic_whose_branch_is_read_back_as_its_own(name: str) -> None:
    preset, policy = load_preset(name), policy_of(name)
    branches = {agent: branch_name(policy, agent, topic) for agent, topic in preset.topics.items()}
    assert {agent: agent_of_branch(policy, branch) for agent, branch in branches.items()} == {
        agent: agent for agent in AGENTS[name]
    }


@every_preset
def test_no_two_agents_claim_a_path_that_a_pattern_names(name: str) -> None:
    territory = territory_of(name)
    probes = probes_of(policy_of(name))
    assert len(probes) >= 1
    assert [probe for probe in probes if territory.place(probe.encode()).state == SHARED_CONFLICT] == []


@every_preset
@pytest.mark.parametrize("path", ["agentgrid.yaml", "config/agents/new.yaml", ".github/workflows/ci.yml"])
def test_the_configuration_and_ci_are_frozen(name: str, path: str) -> None:
    assert territory_of(name).place(path.encode()).state == FROZEN


def probes_of(policy: Policy) -> set[str]:
    """A path for every pattern of every agent and service."""
    patterns = [item for agent in policy.agents.values() for item in agent.owns.critical + agent.owns.support]
    patterns += [pattern for service in policy.grid.services.values() for pattern in service]
    named = (pattern.removeprefix("!").removeprefix("/") for pattern in patterns)
    return {pattern.replace("**", "deep/file.py").replace("*", "any") for pattern in named}


PLACES = [
    # seed 000: claude owns the core, copilot the files of it that production and queues need
    ("duo", "app/core/analyzer.py", OWNED, "claude", "critical"),
    ("duo", "app/core/validator.py", OWNED, "claude", "critical"),
    ("duo", "app/core/jobs.py", OWNED, "claude", "critical"),
    ("duo", "app/core/patterns/rhetoric.py", OWNED, "claude", "critical"),
    ("duo", "tasks.md", OWNED, "claude", "support"),
    ("duo", "app/core/queue.py", OWNED, "copilot", "support"),
    ("duo", "app/core/worker.py", OWNED, "copilot", "support"),
    ("duo", "app/core/notifications.py", OWNED, "copilot", "support"),
    ("duo", "app/core/logging.py", OWNED, "copilot", "support"),
    ("duo", "app/core/metrics.py", OWNED, "copilot", "support"),
    ("duo", "app/middleware/auth.py", OWNED, "copilot", "support"),
    ("duo", "app/main.py", OWNED, "copilot", "support"),
    ("duo", "app/api/v1/health.py", OWNED, "copilot", "critical"),
    ("duo", "tests/contract/test_health.py", OWNED, "copilot", "critical"),
    ("duo", "pyproject.toml", OWNED, "copilot", "support"),
    ("duo", "tools/pyproject.toml", UNOWNED, None, None),
    ("duo", ".env.example", OWNED, "copilot", "support"),
    ("duo", "DEPLOY.md", COMMON, "copilot", "common"),
    # seed 001: each worker has a workspace and results, the orchestrator the tasks
    ("orchestrated", "workspaces/dance/studio/emma.md", OWNED, "marie", "critical"),
    ("orchestrated", "results/marie/task-001.json", OWNED, "marie", "support"),
    ("orchestrated", "orchestration/mcp/fabien/server.js", OWNED, "fabien", "support"),
    ("orchestrated", "orchestration/anga/ANGA.md", OWNED, "anga", "support"),
    ("orchestrated", "tasks/marie/task-001.json", OWNED, "orchestrator", "critical"),
    ("orchestrated", ".claude/orchestrator.md", OWNED, "orchestrator", "critical"),
    ("orchestrated", "orchestration/worker_loop.py", OWNED, "orchestrator", "support"),
    ("orchestrated", "docker-compose.yml", OWNED, "orchestrator", "support"),
    # seed 002: who decides on schema, contracts and deployment
    ("six-roles", "backend/migrations/0001_start.sql", OWNED, "backend", "critical"),
    ("six-roles", "contracts/orders.yaml", COMMON, "backend", "common"),
    ("six-roles", "deployment/scripts/collect-status.sh", OWNED, "infrastructure", "critical"),
    ("six-roles", "deployment/status/current-status.md", COMMON, None, "common"),
    ("six-roles", "frontend/src/App.tsx", OWNED, "frontend", "critical"),
    ("six-roles", "realtime/server.ts", OWNED, "realtime", "critical"),
    ("six-roles", "mobile/App.tsx", OWNED, "integration", "critical"),
    ("six-roles", "tests/load/orders.js", OWNED, "testing", "critical"),
    # seed 003: stewards of common code, below services/common
    ("four-services", "services/common/database_config.py", COMMON, "a1", "common"),
    ("four-services", "services/common/celery_app.py", COMMON, "a1", "common"),
    ("four-services", "services/common/models/account.py", COMMON, "a1", "common"),
    ("four-services", "services/common/openai_wrapper.py", COMMON, "a2", "common"),
    ("four-services", "services/common/ai_metrics.py", COMMON, "a2", "common"),
    ("four-services", "services/common/mlflow_tracking.py", COMMON, "a2", "common"),
    ("four-services", "services/common/metrics.py", COMMON, "a3", "common"),
    ("four-services", "services/common/business_metrics.py", COMMON, "a3", "common"),
    ("four-services", "services/common/cache.py", COMMON, "a4", "common"),
    ("four-services", "services/common/alerts.py", COMMON, "a4", "common"),
    ("four-services", "services/common/v2/new_feature.py", COMMON, None, "common"),
    ("four-services", "services/orchestrator/db/migrations/0001_start.sql", OWNED, "a1", "critical"),
    ("four-services", "services/media_store/main.py", UNOWNED, None, None),
    # seed 004: what each phase puts out
    ("pipeline", "specs/schedule.md", OWNED, "analyzer", "critical"),
    ("pipeline", "automagik/api/routers/schedule.py", OWNED, "builder", "critical"),
    ("pipeline", "automagik/core/celery_app/tasks/schedule.py", OWNED, "builder", "critical"),
    ("pipeline", "automagik/core/database/models/schedule.py", OWNED, "builder", "critical"),
    ("pipeline", "automagik/cli.py", OWNED, "builder", "support"),
    ("pipeline", "tests/test_schedule.py", OWNED, "tester", "critical"),
    ("pipeline", "reports/quality.md", OWNED, "validator", "critical"),
    ("pipeline", "docker/Dockerfile", OWNED, "deployer", "critical"),
    ("pipeline", "docker-compose.yml", OWNED, "deployer", "critical"),
    ("pipeline", "pyproject.toml", COMMON, "builder", "common"),
    ("solo", "src/deep/main.py", OWNED, "solo", "critical"),
    ("solo", "README.md", OWNED, "solo", "critical"),
]


@pytest.mark.parametrize(("name", "path", "state", "owner", "tier"), PLACES)
def test_a_path_belongs_to_whom_the_document_gives_it(
    name: str, path: str, state: str, owner: str | None, tier: str | None
) -> None:
    place = territory_of(name).place(path.encode())
    assert (place.state, place.owner, place.tier) == (state, owner, tier)


SERVICES: dict[str, dict[str, tuple[str, ...]]] = {
    "a1": {
        "critical": ("orchestrator", "celery_worker", "persona_runtime"),
        "support": ("fake_threads",),
    },
    "a2": {
        "critical": ("viral_engine", "viral_pattern_engine", "rag_pipeline"),
        "support": ("pattern_analyzer", "viral_metrics"),
    },
    "a3": {
        "critical": ("achievement_collector", "dashboard_api", "finops_engine"),
        "support": ("performance_monitor", "tech_doc_generator"),
    },
    "a4": {
        "critical": ("revenue", "event_bus", "ab_testing_framework"),
        "support": ("threads_adaptor", "conversation_engine", "chaos_engineering"),
    },
}


@pytest.mark.parametrize("agent", list(SERVICES))
def test_four_services_gives_each_agent_its_critical_and_support_services(agent: str) -> None:
    owns = policy_of("four-services").agents[agent].owns
    assert {"critical": owns.critical, "support": owns.support} == SERVICES[agent]


def test_four_services_declares_each_owned_service_under_services() -> None:
    owned = [name for tiers in SERVICES.values() for names in tiers.values() for name in names]
    assert policy_of("four-services").grid.services == {name: (f"services/{name}/**",) for name in owned}


@pytest.mark.parametrize(
    ("agent", "memory_bytes", "tokens_per_minute", "schemas", "redis_db"),
    [
        ("a1", 4 * GB, 10_000, ("core", "public"), 0),
        ("a2", 12 * GB, 20_000, ("ai", "vectors", "public"), 1),
        ("a3", 3 * GB, 5_000, ("analytics", "portfolio", "public"), 2),
        ("a4", 3 * GB, 5_000, ("revenue", "events", "public"), 3),
    ],
)
def test_four_services_isolates_each_agent(
    agent: str, memory_bytes: int, tokens_per_minute: int, schemas: tuple[str, ...], redis_db: int
) -> None:
    config = policy_of("four-services").agents[agent]
    assert config.budget.memory == memory_bytes
    assert config.limits.tokens_per_minute == tokens_per_minute
    assert config.isolation.database_schema == schemas
    assert config.isolation.redis is not None
    assert (config.isolation.redis.db, config.isolation.redis.prefix) == (redis_db, f"{agent}:")
    assert config.keys == {"OPENAI_API_KEY": f"env:OPENAI_API_KEY_{agent.upper()}"}


def test_four_services_needs_thirty_gigabytes_with_the_reserve_for_docker() -> None:
    policy = policy_of("four-services")
    limits = sum(agent.budget.memory or 0 for agent in policy.agents.values())
    assert (policy.grid.machine.reserve.memory, limits) == (8 * GB, 22 * GB)


@pytest.mark.parametrize(
    ("agent", "branch", "worktree"),
    [
        ("a1", "feat/core/mlflow__a1", "wt-a1-core"),
        ("a2", "feat/ai/vllm__a2", "wt-a2-ai"),
        ("a3", "feat/analytics/portfolio__a3", "wt-a3-analytics"),
        ("a4", "feat/platform/revenue__a4", "wt-a4-platform"),
    ],
)
def test_four_services_names_worktrees_and_branches_as_its_script_does(agent: str, branch: str, worktree: str) -> None:
    policy, topic = policy_of("four-services"), load_preset("four-services").topics[agent]
    assert branch_name(policy, agent, topic) == branch
    assert worktree_path(policy, "shop", Path("/code/shop"), agent) == Path("/code", worktree)


def test_four_services_integrates_migrations_weekly_through_a1() -> None:
    lineage = policy_of("four-services").grid.migrations["main"]
    assert (lineage.owner, lineage.window) == ("a1", "weekly monday 09:00")


def test_four_services_has_the_velocity_targets() -> None:
    assert policy_of("four-services").grid.metrics == {
        "prs_per_day": "4..8",
        "conflicts_per_week": "<2",
        "build_time": "<5m",
        "coverage": ">80%",
        "integration_success": ">95%",
    }


def test_four_services_places_every_service_file_of_the_sample_repository() -> None:
    territory, policy = territory_of("four-services"), policy_of("four-services")
    areas = {agent.area: agent.id for agent in policy.agents.values()}
    assert list(areas) == list(AREAS)
    for service in plan_tree(400, 3).services:
        owners = {territory.place(path.encode()).owner for path in service.files}
        assert owners == {areas.get(service.area)}, service.name


def test_duo_lets_claude_approve_everything_and_copilot_land_nothing() -> None:
    policy = policy_of("duo")
    claude, copilot = policy.agents["claude"].permissions, policy.agents["copilot"].permissions
    assert (claude.land, claude.approve) == (True, ("*",))
    assert (copilot.land, copilot.approve) == (False, ("claude",))
    assert policy.grid.land.approvals == 1


def test_duo_wants_the_task_in_branches_and_messages() -> None:
    policy = policy_of("duo")
    assert branch_name(policy, "copilot", "OBS-2 project setup") == "feature/OBS-2-project-setup__copilot"
    assert policy.grid.commits is not None
    assert policy.grid.commits.pattern == r"^OBS-\d+ "
    assert re.search(policy.grid.commits.pattern, policy.grid.commits.example or "")


def test_orchestrated_gives_each_agent_a_login_a_key_and_a_rate_of_its_own() -> None:
    for agent in policy_of("orchestrated").agents.values():
        assert agent.isolation.home == "own"
        assert agent.keys == {"ANTHROPIC_API_KEY": f"env:{agent.id.upper()}_API_KEY"}
        assert (agent.limits.requests_per_minute, agent.limits.tokens_per_minute) == (1000, 100_000)


def test_orchestrated_lets_the_orchestrator_alone_land() -> None:
    agents = policy_of("orchestrated").agents.values()
    assert [agent.id for agent in agents if agent.permissions.land] == ["orchestrator"]


def test_orchestrated_passes_no_secret_of_the_caller_to_headless_workers() -> None:
    inherited = policy_of("orchestrated").grid.env.inherit
    assert isinstance(inherited, tuple)
    assert "PATH" in inherited
    assert [name for name in inherited if re.search("KEY|TOKEN|SECRET|PASSWORD", name)] == []


def test_orchestrated_gives_each_worker_four_gigabytes() -> None:
    agents = policy_of("orchestrated").agents
    memory = {agent.id: agent.budget.memory for agent in agents.values()}
    assert memory == {"anga": 4 * GB, "fabien": 4 * GB, "marie": 4 * GB, "orchestrator": None}


def test_six_roles_has_the_performance_targets() -> None:
    assert policy_of("six-roles").grid.metrics == {
        "task_completion": ">90%",
        "handoff_quality": ">95%",
        "blocker_resolution": "<4h",
        "coverage": ">80%",
    }


def test_six_roles_lets_the_reviewers_of_a_resource_approve_its_owner() -> None:
    agents = policy_of("six-roles").agents.values()
    assert {agent.id: agent.permissions.approve for agent in agents if agent.permissions.approve} == {
        "infrastructure": ("backend",),
        "backend": ("infrastructure",),
        "frontend": ("backend",),
        "integration": ("backend",),
    }


def test_pipeline_lets_the_validator_approve_and_wants_seventy_per_cent_coverage() -> None:
    policy = policy_of("pipeline")
    assert policy.agents["validator"].permissions.approve == ("*",)
    assert policy.grid.metrics == {"coverage": ">70%"}


def test_an_unknown_preset_is_refused_with_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        load_preset("four-service")
    assert caught.value.message == (
        "there is no preset 'four-service' (shipped: duo, four-services, orchestrated, pipeline, six-roles, solo)"
    )
    assert caught.value.hint == "did you mean `four-services`?"


def test_a_preset_name_does_not_lead_to_another_directory() -> None:
    with pytest.raises(InputError):
        load_preset("../agents/solo")


def test_a_mistake_in_a_preset_names_its_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "trio"
    folder.mkdir()
    (folder / "preset.yaml").write_text("title: Three\nsummery: three agents\n")
    (folder / "agentgrid.yaml").write_text("version: 1\n")
    monkeypatch.setattr(presets, "shipped_directory", lambda _: tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_preset("trio")
    assert "trio/preset.yaml:2: summery: unknown key" in caught.value.message
