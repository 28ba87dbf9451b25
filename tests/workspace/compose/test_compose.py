"""The compose file keeps the compose specification, whatever paths and values there are, and holds no key."""

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from agentgrid.config.policy import PolicyFiles, parse_policy
from agentgrid.config.presets import load_preset
from agentgrid.errors import ConfigError, InputError
from agentgrid.git.repository import Repository
from agentgrid.workspace.compose.file import ComposeFile, draw_compose
from agentgrid.workspace.compose.image import link_commands
from support.grids import GRID, GridSandbox, equip_grid, make_grid
from support.program import agentgrid
from support.repositories import create_repository

AGENT = """\
id: a1
owns: {critical: ["services/orders/**"]}
keys: {OPENAI_API_KEY: "env:OPENAI_API_KEY_A1", OTHER_KEY: "file:secrets/other"}
budget: {memory: 4GB, cpu: 150%, processes: 200}
"""
COMPOSE = """\
compose:
  services:
    postgres:
      image: postgres:16
      environment: {POSTGRES_PASSWORD: "${POSTGRES_PASSWORD:?}"}
      volumes:
        - data:/var/lib/postgresql/data
        - ./init:/docker-entrypoint-initdb.d
        - {type: volume, source: wal, target: /wal}
"""


def specification() -> dict[str, Any]:
    """The compose specification's own JSON schema, from a development dependency that ships it."""
    schema = files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    found: dict[str, Any] = json.loads(schema.read_text(encoding="utf-8"))
    return found


def parse_as_compose(text: str) -> dict[str, Any]:
    """The document, which keeps the specification; by docker itself too, where it has `compose`."""
    document: dict[str, Any] = yaml.safe_load(text)
    jsonschema.validate(document, specification())
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        command = [docker, "compose", "-f", "-", "config", "--quiet"]
        environment = {**os.environ, "POSTGRES_PASSWORD": "x"}
        done = subprocess.run(command, input=text.encode(), capture_output=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
    return document


def draw(grid: GridSandbox, variables: dict[str, str] | None = None, *agents: str) -> ComposeFile:
    policy = parse_policy(PolicyFiles((grid.main.path / "agentgrid.yaml").read_bytes(),
                                      {"config/agents/a1.yaml": (grid.main.path / "config/agents/a1.yaml").read_bytes(),
                                       "config/agents/a2.yaml": b"id: a2\n"}))  # fmt: skip
    return draw_compose(grid.repository, policy, agents or None, lambda _agent: variables or {})


@pytest.fixture
def grid(tmp_path: Path) -> GridSandbox:
    made = make_grid(tmp_path / "shop", grid=GRID + COMPOSE)
    made.main.write("config/agents/a1.yaml", AGENT)
    return made


def test_the_file_keeps_the_specification(grid: GridSandbox) -> None:
    document = parse_as_compose(draw(grid).text)
    assert list(document["services"]) == ["a1", "a2", "postgres"]
    assert list(document["volumes"]) == ["caches", "home-a1", "home-a2", "data", "wal"]


def test_a_file_that_breaks_it_is_found(grid: GridSandbox) -> None:
    """The twin."""
    broken = draw(grid).text.replace("working_dir:", "working_directory:")
    with pytest.raises(jsonschema.ValidationError):
        parse_as_compose(broken)


def test_worktree_and_common_directory_are_mounted_at_their_own_paths(grid: GridSandbox) -> None:
    service = parse_as_compose(draw(grid).text)["services"]["a1"]
    worktree, common = str(grid.desks["a1"].path), str(grid.main.path / ".git")
    binds = [(each["source"], each["target"]) for each in service["volumes"] if each["type"] == "bind"]
    assert binds == [(worktree, worktree), (common, common)]
    assert service["working_dir"] == worktree


def test_the_budget_becomes_limits_and_without_one_there_are_none(grid: GridSandbox) -> None:
    services = parse_as_compose(draw(grid).text)["services"]
    assert services["a1"]["deploy"]["resources"]["limits"] == {"cpus": "1.5", "memory": "4000000000b", "pids": 200}
    assert "deploy" not in services["a2"]


def test_each_has_a_home_of_its_own_and_all_share_downloads(grid: GridSandbox) -> None:
    services = parse_as_compose(draw(grid).text)["services"]
    for agent in ("a1", "a2"):
        volumes = {each["source"]: each["target"] for each in services[agent]["volumes"] if each["type"] == "volume"}
        assert volumes == {f"home-{agent}": "/home/agent", "caches": "/caches"}
        assert services[agent]["environment"]["HOME"] == "/home/agent"


def test_keys_are_references_and_no_value_is_written(grid: GridSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_A1", "sk-very-secret-value")
    grid.main.write("secrets/other", "other-secret-value")
    text = draw(grid).text
    service = parse_as_compose(text)["services"]["a1"]
    assert service["environment"]["OPENAI_API_KEY"] == "${OPENAI_API_KEY_A1:-}"
    assert service["env_file"] == [{"path": str(grid.desks["a1"].path / ".env"), "required": False}]
    assert "secret-value" not in text


def test_values_are_what_they_were_and_paths_of_this_machine_are_left_out(grid: GridSandbox) -> None:
    worktree = str(grid.desks["a1"].path)
    variables = {
        "PRICE": "5$ or $HOME or ${X}",
        "YES": "yes",
        "NUMBER": "010",
        "COLON": "a: b # c",
        "LINES": "one\ntwo\t\"'",
        "WIDE": "é 🙂",
        "INSIDE": f"{worktree}/data",
        "OUTSIDE": "/home/somewhere",
    }
    environment = parse_as_compose(draw(grid, variables, "a1").text)["services"]["a1"]["environment"]
    kept = {name: environment.get(name) for name in variables}
    assert kept == {**variables, "PRICE": "5$$ or $$HOME or $${X}", "OUTSIDE": None}


@pytest.mark.parametrize("name", ["with space", "co:lon", "do$$llar", "quo'te\"s", "ha#sh", "é", "{brace}", "- dash"])
def test_paths_with_special_characters_come_out_right(tmp_path: Path, name: str) -> None:
    grid = make_grid(tmp_path / name / "shop", grid=GRID)
    document = parse_as_compose(draw(grid, None, "a1").text)
    bind = document["services"]["a1"]["volumes"][0]
    assert bind["source"].replace("$$", "$") == str(grid.desks["a1"].path)
    assert bind["source"] == bind["target"] == document["services"]["a1"]["working_dir"]


def test_a_path_that_no_compose_file_can_hold_is_refused_by_name(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "ta\tb" / "shop", grid=GRID)
    with pytest.raises(InputError, match="a compose file can't name"):
        draw(grid)


def test_a_service_with_an_agents_name_is_an_error_with_its_line(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", grid=f"{GRID}compose:\n  services:\n    a1: {{image: x}}\n")
    with pytest.raises(ConfigError, match=r"agentgrid\.yaml:7: compose\.services\.a1: 'a1' is an agent"):
        draw(grid)


def test_an_image_that_is_there_is_not_built(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", grid=f"{GRID}compose: {{image: 'team/agents:1'}}\n")
    service = parse_as_compose(draw(grid).text)["services"]["a1"]
    assert (service["image"], "build" in service) == ("team/agents:1", False)


def test_the_image_has_the_hooks_interpreter_where_they_look_for_it(tmp_path: Path) -> None:
    """The lines of the Dockerfile, run with an environment of this machine in the image's place."""
    gone, package = tmp_path / "it's gone/bin/python3", tmp_path / "it's gone/src"
    installed = tmp_path / "installed"
    installed.symlink_to(sys.prefix)
    for line in link_commands([str(gone)], [str(package)], str(installed)) * 2:  # what is there stays
        subprocess.run(["sh", "-ec", line], check=True)

    program = f"import sys; sys.path[:0] = [{str(package)!r}]; import agentgrid; print(agentgrid.__file__)"
    told = subprocess.run([gone, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.startswith(str(package))


def test_the_preset_with_four_agents_has_its_infrastructure(tmp_path: Path) -> None:
    preset = load_preset("four-services").files
    main = create_repository(tmp_path / "shop", **{"agentgrid.yaml": preset.grid, **preset.agents})
    grid = equip_grid(main, "a1", "a2", "a3", "a4")
    drawn = draw_compose(Repository.discover(main.path), parse_policy(preset), None, lambda _agent: {})
    services = parse_as_compose(drawn.text)["services"]
    assert sorted(set(services) - set(grid.desks)) == ["postgres", "qdrant", "rabbitmq", "redis"]
    assert services["a2"]["deploy"]["resources"]["limits"]["memory"] == "12000000000b"
    assert services["a3"]["depends_on"] == ["postgres", "redis", "rabbitmq", "qdrant"]


# The command


def test_it_is_printed_or_written_and_only_its_own_file_is_replaced(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", grid=GRID + COMPOSE)
    printed = agentgrid(grid.main, "compose", "--agents", "a2")
    assert (printed.code, list(parse_as_compose(printed.out)["services"])) == (0, ["a2", "postgres"])

    file = grid.main.path / "compose.agents.yaml"
    assert agentgrid(grid.main, "compose", "-o", file, "--dry-run").out == f"would write {file}: a1, a2, postgres\n"
    assert not file.exists()
    assert agentgrid(grid.main, "compose", "-o", file).out == f"written: {file}: a1, a2, postgres\n"
    assert agentgrid(grid.main, "compose", "-o", file).out.startswith("as it should be: ")
    assert agentgrid(grid.main, "compose", "-o", file, "--agents", "a1").out.startswith("written: ")

    file.write_text("services: {}\n")
    refused = agentgrid(grid.main, "compose", "-o", file)
    assert (refused.code, file.read_text()) == (1, "services: {}\n")
    assert "agentgrid didn't render it" in refused.err


def test_json_has_the_whole_file(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", grid=GRID + COMPOSE)
    data = agentgrid(grid.main, "compose", "--json").data
    assert (data["file"], data["agents"], data["services"]) == (None, ["a1", "a2"], ["postgres"])
    jsonschema.validate(data["compose"], specification())


def test_an_agent_without_a_worktree_is_named(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", grid=GRID)
    answer = agentgrid(grid.main, "compose", "--agents", "a1,a9")
    assert (answer.code, "a9 has no worktree" in answer.err) == (2, True)
