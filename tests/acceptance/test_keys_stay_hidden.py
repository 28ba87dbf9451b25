"""The four-agent grid with four keys: each key in its own agent's processes, and nowhere that anything is written."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from agentgrid.grid import Grid
from support.program import agentgrid, run
from support.repositories import Sandbox
from support.sample_repository import build_sample_repository

AGENTS = ("a1", "a2", "a3", "a4")
KEYS = {f"OPENAI_API_KEY_{agent.upper()}": f"sk-test-{agent}-0123456789abcdef" for agent in AGENTS}
DESKS = {"a1": "wt-a1-core", "a2": "wt-a2-ai", "a3": "wt-a3-analytics", "a4": "wt-a4-platform"}
PROGRAM = "import json, os; print(json.dumps(dict(os.environ)))"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    place = tmp_path_factory.mktemp("keys")
    main = Sandbox(build_sample_repository(place / "shop", files=600, commits=20))
    made = agentgrid(main, "init", "--preset", "four-services", "--yes")
    assert made.code == 0, made.err
    main.commit("Add agentgrid")
    for name in DESKS.values():
        Sandbox(place / name).git("merge", "--quiet", "--ff-only", "main")
    return main


def desk(shop: Sandbox, agent: str) -> Sandbox:
    return Sandbox(shop.path.parent / DESKS[agent])


def process_of(shop: Sandbox, agent: str) -> dict[str, str]:
    """What a process of the agent sees, started from a shell that has everybody's keys."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        environment = Grid.open(shop.path).desks.environment_of(agent)
    done = subprocess.run(["python3", "-c", PROGRAM], env=environment.for_process(), check=True, capture_output=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_four_agents_have_four_identities_ports_schemas_and_databases(shop: Sandbox) -> None:
    seen = [process_of(shop, agent) for agent in AGENTS]

    assert [each["AGENT_ID"] for each in seen] == list(AGENTS)
    assert [each["DB_SEARCH_PATH"] for each in seen] == [
        "core,public", "ai,vectors,public", "analytics,portfolio,public", "revenue,events,public"
    ]  # fmt: skip
    assert [(each["REDIS_DB"], each["REDIS_PREFIX"]) for each in seen] == [(str(n), f"a{n + 1}:") for n in range(4)]
    ports = [value for each in seen for name, value in each.items() if name.startswith("PORT_")]
    assert len(ports) == len(set(ports)) == 4 * 21
    assert len({each["COMPOSE_PROJECT_NAME"] for each in seen}) == 4


def test_a_key_is_in_its_own_agents_process_alone(shop: Sandbox) -> None:
    for agent in AGENTS:
        seen = process_of(shop, agent)
        own = KEYS[f"OPENAI_API_KEY_{agent.upper()}"]
        assert seen["OPENAI_API_KEY"] == own
        others = set(KEYS.values()) - {own}
        assert [name for name, value in seen.items() if any(other in value for other in others)] == []


def test_a_staged_file_with_a_key_is_refused_here_and_in_ci_and_a_hash_in_a_lock_file_is_not(shop: Sandbox) -> None:
    a2, path = desk(shop, "a2"), "services/rag_pipeline/config.py"
    key = KEYS["OPENAI_API_KEY_A2"]
    a2.write("services/rag_pipeline/poetry.lock", f'hash = "sha256:{HASH}"\nother = "{HASH}"\n')
    a2.git("add", "services")
    assert run(a2, "git", "commit", "-qm", "Lock", env={"OPENAI_API_KEY": key}).code == 0

    a2.write(path, f"KEY = '{key}'\n")
    a2.git("add", path)
    refused = run(a2, "git", "commit", "-qm", "Key", env={"OPENAI_API_KEY": key})
    a2.git("-c", f"core.hooksPath={os.devnull}", "commit", "-qm", "Past the guard")
    branch = a2.git("branch", "--show-current")
    in_ci = agentgrid(shop, "check", "--base", "main", "--head", branch, "--json", env=KEYS)
    of_person = agentgrid(shop, "check", "--base", "main", "--head", a2.oid(), "--json", env=KEYS)

    assert (refused.code, in_ci.code) == (1, 1)
    assert f"{path} line 1 has the value of OPENAI_API_KEY" in refused.err
    assert [(each["rule"], each["path"]) for each in in_ci.data["findings"]] == [("secret.leaked", path)]
    assert "secret.leaked" in of_person.out
    assert key not in refused.err + refused.out + in_ci.out + in_ci.err
    a2.git("reset", "--quiet", "--hard", "main")


def test_no_key_is_written_anywhere(shop: Sandbox, hermetic: Path) -> None:
    """Whatever commands do, also when they fail: files, state, logs, crash logs and what is printed are searched."""
    said = ""
    for arguments in (
        ("env", "show", "a1", "--all"), ("env", "show", "a1", "--json"), ("env", "check"),
        ("env", "write", "a1", "--dry-run"),
        ("status", "--json"), ("doctor", "--json"), ("log", "--json"), ("agent", "show", "a1", "--json"),
        ("env", "show", "a9"), ("lock", "services/common/cache.py", "--agent", "a9"), ("--debug", "env", "show", "a9"),
        ("config", "check"), ("policy", "show", "--json"),
    ):  # fmt: skip
        answer = agentgrid(shop, *arguments, env=KEYS)
        said += answer.out + answer.err
    for agent in AGENTS:
        process_of(shop, agent)
        a = desk(shop, agent)
        answer = run(
            a, "git", "commit", "--allow-empty", "-qm", "Work", env={**KEYS, "OPENAI_API_KEY": "sk-own-0123456789"}
        )
        said += answer.out + answer.err + agentgrid(a, "locks", "--json", env=KEYS).out

    values = [*KEYS.values(), "sk-own-0123456789"]
    places = [path for top in (shop.path.parent, hermetic) for path in top.rglob("*") if path.is_file()]
    assert len(places) > 1000
    assert [path for path in places if any(value.encode() in path.read_bytes() for value in values)] == []
    assert [value for value in values if value in said] == []


def test_the_search_would_find_one(shop: Sandbox) -> None:
    """The twin: a written env file is the one place that was asked for."""
    agentgrid(shop, "env", "write", "a3", env=KEYS)

    places = [path for path in shop.path.parent.rglob("*") if path.is_file()]
    found = [path for path in places if KEYS["OPENAI_API_KEY_A3"].encode() in path.read_bytes()]
    assert found == [desk(shop, "a3").path / ".env"]
    assert found[0].stat().st_mode & 0o777 == 0o600
    found[0].unlink()
