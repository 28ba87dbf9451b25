"""What is made for each agent."""

import pytest

from agentgrid.config.schema import AgentConfig
from agentgrid.workspace.environment.caches import shared_caches
from agentgrid.workspace.environment.generated import client_homes, compose_project, generate, generated_names
from agentgrid.workspace.environment.service_names import url_variable, variable_names

PORTS = {"": 20000, "viral-engine": 20010, "3d": 20011}


def agent(**isolation: object) -> AgentConfig:
    return AgentConfig.model_validate({"id": "a1", "isolation": isolation})


def test_every_agent_knows_who_it_is_and_where_services_are() -> None:
    assert generate(agent(), project="Shop", ports=PORTS) == {
        "AGENT_ID": "a1",
        "PORT_BASE": "20000",
        "PORT_VIRAL_ENGINE": "20010",
        "VIRAL_ENGINE_URL": "http://localhost:20010",
        "PORT_3D": "20011",
        "_3D_URL": "http://localhost:20011",
        "COMPOSE_PROJECT_NAME": "shop-a1",
        "MOCK_SERVICES": "false",
    }


def test_isolation_gives_schema_and_redis() -> None:
    config = agent(database_schema=["ai", "Vectors", "public"], redis={"db": 1, "prefix": "a2:"})

    made = generate(config, project="shop", ports=PORTS, task="T1", pgoptions="-c statement_timeout=5s")

    assert {
        name: made[name] for name in ("AGENTGRID_TASK", "DB_SEARCH_PATH", "PGOPTIONS", "REDIS_DB", "REDIS_PREFIX")
    } == {
        "AGENTGRID_TASK": "T1",
        "DB_SEARCH_PATH": 'ai,"Vectors",public',
        "PGOPTIONS": '-c statement_timeout=5s -c search_path=ai,"Vectors",public',
        "REDIS_DB": "1",
        "REDIS_PREFIX": "a2:",
    }


def test_a_space_in_a_schema_survives_the_options_of_the_database() -> None:
    made = generate(agent(database_schema=['my "own" \\ schema']), project="shop", ports=PORTS)

    assert made["PGOPTIONS"] == '-c search_path="my\\ ""own""\\ \\\\\\ schema"'


def test_mocked_services_have_the_mocks_addresses() -> None:
    made = generate(agent(mock_services=True), project="shop", ports=PORTS)

    assert (made["MOCK_SERVICES"], made["VIRAL_ENGINE_URL"]) == ("true", "http://mock-viral-engine:8080")


def test_everything_that_is_made_is_known_by_name() -> None:
    config = agent(database_schema=["ai"], redis={"db": 1})

    assert generate(config, project="shop", ports=PORTS, task="T1").keys() <= generated_names(["viral-engine", "3d"])


def test_services_never_share_a_variable() -> None:
    assert variable_names(["a-b", "a_b", "a.b", "A_B_2"]) == {
        "a-b": "A_B",
        "a_b": "A_B_2",
        "a.b": "A_B_3",
        "A_B_2": "A_B_2_2",
    }
    assert url_variable("3D") == "_3D_URL"


@pytest.mark.parametrize(("project", "who", "name"), [("My Shop.v2", "A1", "my-shop-v2-a1"), ("_x", "a_1", "x-a_1"),
                                                      ("日本", "a1", "a1")])  # fmt: skip
def test_compose_gets_a_name_that_it_takes(project: str, who: str, name: str) -> None:
    assert compose_project(project, who) == name


def test_a_home_of_its_own_is_one_for_each_client() -> None:
    assert client_homes(agent(), "/homes/a1") == {}
    assert client_homes(agent(home="own"), "/homes/a1")["CLAUDE_CONFIG_DIR"] == "/homes/a1/claude"
    assert set(client_homes(agent(home="own"), "/h")) >= {
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "GEMINI_CLI_HOME",
        "COPILOT_HOME",
    }


def test_caches_are_where_the_tools_look_anyway() -> None:
    linux = shared_caches({}, "/home/you", is_mac=False)
    mac = shared_caches({}, "/mac/you", is_mac=True)

    assert linux["PIP_CACHE_DIR"] == "/home/you/.cache/pip"
    assert (linux["HF_HOME"], linux["npm_config_cache"]) == ("/home/you/.cache/huggingface", "/home/you/.npm")
    assert (mac["PIP_CACHE_DIR"], mac["UV_CACHE_DIR"]) == ("/mac/you/Library/Caches/pip", "/mac/you/.cache/uv")


def test_what_the_person_set_is_theirs() -> None:
    theirs = {"HF_HOME": "/big/models", "NPM_CONFIG_CACHE": "/big/npm", "XDG_CACHE_HOME": "/big/cache"}

    found = shared_caches(theirs, "/home/you", is_mac=False)

    assert (found["HF_HOME"], found["npm_config_cache"]) == ("/big/models", "/big/npm")
    assert (found["TORCH_HOME"], found["UV_CACHE_DIR"]) == ("/big/cache/torch", "/big/cache/uv")
