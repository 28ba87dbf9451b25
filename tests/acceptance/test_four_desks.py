"""Four agents on the sample of 22 services, each at a desk of its own: environment, key, one command for all."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.program import agentgrid
from support.repositories import Sandbox
from support.sample_repository import build_sample_repository

AGENTS = ("a1", "a2", "a3", "a4")
KEYS = {f"OPENAI_API_KEY_{agent.upper()}": f"sk-proj-{agent}-{'0123456789abcdef' * 2}" for agent in AGENTS}
SHOW = (
    "import json, os; print(json.dumps({name: os.environ.get(name) for name in ("
    "'AGENT_ID', 'PORT_BASE', 'DB_SEARCH_PATH', 'REDIS_DB', 'REDIS_PREFIX', 'OPENAI_API_KEY', "
    "'OPENAI_API_KEY_A1', 'OPENAI_API_KEY_A2', 'OPENAI_API_KEY_A3', 'OPENAI_API_KEY_A4')}))"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    main = Sandbox(build_sample_repository(tmp_path_factory.mktemp("four desks") / "shop"))
    made = agentgrid(main, "init", "--preset", "four-services", "--yes", "--no-setup")
    assert made.code == 0, made.err
    main.commit("Add agentgrid")
    return main


def seen_by_each(shop: Sandbox) -> dict[str, dict[str, Any]]:
    """What `each` printed: agent → its variables."""
    answer = agentgrid(shop, "each", "--json", "--", "python3", "-c", SHOW, env=KEYS)
    assert answer.code == 0, answer
    return {each["id"]: json.loads(Path(each["log"]).read_text(encoding="utf-8")) for each in answer.data["agents"]}


def test_each_agent_has_an_identity_ports_a_schema_and_a_redis_of_its_own(shop: Sandbox) -> None:
    seen = seen_by_each(shop)
    assert tuple(seen) == AGENTS
    assert {agent: facts["AGENT_ID"] for agent, facts in seen.items()} == {agent: agent for agent in AGENTS}
    for name in ("PORT_BASE", "DB_SEARCH_PATH", "REDIS_DB", "REDIS_PREFIX"):
        assert len({facts[name] for facts in seen.values()}) == 4, (name, seen)
    assert seen_by_each(shop)["a3"]["PORT_BASE"] == seen["a3"]["PORT_BASE"]


def test_a_key_is_in_its_own_agents_process_alone(shop: Sandbox) -> None:
    program = (
        "import os, sys; own = sys.argv[1]; "
        "assert os.environ['OPENAI_API_KEY'].startswith('sk-proj-' + own); "
        "assert {n[15:] for n in os.environ if n.startswith('OPENAI_API_KEY_')} <= {own.upper()}"
    )
    for agent in AGENTS:
        answer = agentgrid(shop, "exec", agent, "--", "python3", "-c", program, agent, env=KEYS)
        assert answer.code == 0, answer


def test_no_key_is_in_any_file_answer_or_log(shop: Sandbox) -> None:
    leak = "import os, sys; key = os.environ['OPENAI_API_KEY']; print(key); sys.stderr.write(key); sys.exit(7)"
    said = [
        agentgrid(shop, "each", "--json", "--", "python3", "-c", leak, env=KEYS),
        agentgrid(shop, "each", "--", "python3", "-c", leak, env=KEYS),
        agentgrid(shop, "env", "show", "a1", env=KEYS),
        agentgrid(shop, "env", "show", "a1", "--json", env=KEYS),
        agentgrid(shop, "env", "check", env=KEYS),
        agentgrid(shop, "log", "--json", env=KEYS),
        agentgrid(shop, "status", "--json", env=KEYS),
        agentgrid(shop, "doctor", "--json", env=KEYS),
    ]
    assert said[0].code == 1
    for answer in said:
        assert not any(key in answer.out + answer.err for key in KEYS.values()), answer
    written = [path for path in shop.path.parent.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(written) > 5000
    assert [path for path in written if any(key.encode() in path.read_bytes() for key in KEYS.values())] == []


def test_a_missing_key_is_told_and_the_command_runs_without_it(shop: Sandbox) -> None:
    answer = agentgrid(
        shop, "exec", "a1", "--", "sh", "-c", "echo ${OPENAI_API_KEY-none}", env={"PATH": os.environ["PATH"]}
    )
    assert (answer.code, answer.out) == (0, "none\n")
    assert "a1's key OPENAI_API_KEY" in answer.err
    assert "is missing" in answer.err
