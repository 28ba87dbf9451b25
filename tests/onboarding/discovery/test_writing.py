"""The files of a proposal are short, say why, and read back as what was proposed."""

import os
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.boundaries.ownership_map import draw_map
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.config.policy import Policy, PolicyFiles, parse_policy
from agentgrid.config.schema import SHIPPED_RULES
from agentgrid.onboarding.discovery.pattern_text import is_writable
from agentgrid.onboarding.discovery.services import Service
from agentgrid.onboarding.discovery.split import Proposal, default_agent_ids, propose_split
from agentgrid.onboarding.discovery.tree_facts import TreeFacts
from agentgrid.onboarding.discovery.writing import compose_files
from support.tree_facts import commits, facts, trees

HUB = "services/common/db.py"
SHOP = facts(
    "tests/orders/test_a.py",
    ".github/ci.yml",
    "pnpm-lock.yaml",
    "services/web/uv.lock",
    HUB,
    sizes={"services/orders/a.py": 5000, "services/web/a.ts": 3000, "apps/web/a.ts": 900},
    history=[*commits(6, "services/orders/a.py", HUB), *commits(6, "services/web/a.ts"), *commits(3, "apps/web/a.ts")],
)

GRID = """\
# yaml-language-server: $schema=schemas/grid.json
version: 1
base: main
unowned: claim  # the first agent to touch a path that nobody owns gets a lease on it

services:
  apps-web: apps/web/**          # apps/
  orders: services/orders/**     # services/
  services-web: services/web/**  # services/

common:  # several agents change these, each under a lease
  - services/common/**  # shared by its name

frozen:  # no agent changes these
  - /agentgrid.yaml
  - /config/agents/**
  - /.github/**

derived:  # generated: anyone may change them, and they are generated again instead of merged
  /pnpm-lock.yaml: pnpm install --lockfile-only
  /services/web/uv.lock: cd services/web && uv lock
"""

FIRST_AGENT = """\
# yaml-language-server: $schema=../schemas/agent.json
id: a1
area: orders
owns:  # 54% of the code base, 5.1 kB; conflict risk HIGH: 100% of 6 commits \
also touch others' code (most often common code)
  critical: [orders]
  support: [tests/orders/**]
"""

SECOND_AGENT = """\
# yaml-language-server: $schema=../schemas/agent.json
id: a2
area: services-web
owns:  # 43% of the code base, 4.0 kB; conflict risk LOW: isolated: 0% of 9 commits touch anything else
  critical: [apps-web, services-web]
"""


def propose(agents: int = 2) -> Proposal:
    return propose_split(SHOP, [f"a{number}" for number in range(1, agents + 1)], repo_name="shop")


def write(proposal: Proposal, *agents: str, base: str = "main", observe: bool = False) -> PolicyFiles:
    ids = agents or [share.agent for share in proposal.shares]
    return compose_files(proposal, ids, base=base, agents_directory="config/agents", observe=observe)


def read(files: PolicyFiles) -> Policy:
    return parse_policy(files)


def test_a_proposal_becomes_one_file_for_the_grid_and_one_for_each_agent() -> None:
    files = compose_files(
        propose(), ["a1", "a2"], base="main", agents_directory="config/agents", observe=False,
        grid_schema="schemas/grid.json", agent_schema="../schemas/agent.json",
    )  # fmt: skip
    assert files.grid.decode() == GRID
    assert {name: text.decode() for name, text in files.agents.items()} == {
        "config/agents/a1.yaml": FIRST_AGENT,
        "config/agents/a2.yaml": SECOND_AGENT,
    }


def test_the_files_read_back_as_what_was_proposed() -> None:
    proposal = propose()
    policy = read(write(proposal))
    assert policy.grid.services == {service.name: service.patterns for service in proposal.services}
    assert policy.grid.common == tuple(code.pattern for code in proposal.common)
    assert policy.grid.frozen == proposal.frozen
    assert policy.grid.derived == proposal.derived
    assert {agent.id: (agent.owns.critical, agent.owns.support) for agent in policy.agents.values()} == {
        share.agent: (share.services, share.patterns) for share in proposal.shares
    }


def test_observing_turns_every_rule_into_a_warning() -> None:
    files = write(propose(), observe=True)
    assert read(files).grid.rules == dict.fromkeys(SHIPPED_RULES, "warn")
    assert (
        b"\nrules:  # observing: nothing is refused yet; take this block away to enforce the boundaries\n" in files.grid
    )


def test_without_observing_no_rule_is_written() -> None:
    assert read(write(propose())).grid.rules == {}


def test_another_directory_for_agents_is_named_and_frozen() -> None:
    files = compose_files(propose(), ["a1", "a2"], base="main", agents_directory="ops/grid", observe=False)
    policy = read(files)
    assert policy.grid.agents == "ops/grid"
    assert policy.grid.frozen == ("/agentgrid.yaml", "/ops/grid/**", "/.github/**")
    assert list(files.agents) == ["ops/grid/a1.yaml", "ops/grid/a2.yaml"]


def test_an_agent_that_got_nothing_has_a_file_that_says_so() -> None:
    files = write(propose(), "a1", "a2", "spare")
    assert files.agents["config/agents/spare.yaml"] == b"id: spare\narea: spare\nowns: {}  # nothing yet\n"


def test_a_service_with_parts_left_out_is_a_list_in_the_right_order() -> None:
    patterns = ("apps/web/**", "!apps/web/map/**")
    files = write(replace(propose(), services=(Service("web", patterns, 1, "apps/", "apps/web"),)))
    assert '  web:  # apps/\n    - apps/web/**\n    - "!apps/web/map/**"\n' in files.grid.decode()
    assert read(files).grid.services == {"web": patterns}


def test_a_long_list_of_services_takes_a_line_each() -> None:
    tree = facts(*(f"services/a-rather-long-name-{number}/x.py" for number in range(5)))
    files = write(propose_split(tree, ["me"], repo_name="shop"))
    assert files.agents["config/agents/me.yaml"].decode().splitlines()[3:5] == [
        "  critical:",
        "    - a-rather-long-name-0",
    ]


@pytest.mark.parametrize(
    "name", ["123", "010", "1e3", "yes", "null", "0x1f", "~", "a: b", "a #b", "- a", "'a", "Käse", "a "]
)
def test_names_that_yaml_would_read_otherwise_are_quoted(name: str) -> None:
    proposal = propose_split(facts(f"services/{name}/x.py", "services/b/x.py"), ["a1", "a2"], repo_name="shop")
    policy = read(write(proposal, base=name))
    assert policy.grid.base == name
    assert policy.grid.services == {service.name: service.patterns for service in proposal.services}
    assert policy.agents["a1"].owns.critical + policy.agents["a2"].owns.critical == tuple(
        name for share in proposal.shares for name in share.services
    )


@given(st.text(min_size=1).filter(lambda text: is_writable(text) and "/" not in text))
def test_any_folder_that_can_be_said_is_written_so_that_it_reads_back(name: str) -> None:
    proposal = propose_split(facts(f"apps/{name}/x.py"), ["a1"], repo_name="shop")
    assert read(write(proposal)).grid.services == {one.name: one.patterns for one in proposal.services}


@settings(max_examples=100, deadline=None)
@given(trees(), st.integers(1, 5))
def test_the_policy_in_force_gives_each_agent_its_share_and_no_path_to_two(tree: TreeFacts, agents: int) -> None:
    proposal = propose_split(tree, default_agent_ids(agents), repo_name="shop")
    territory = Territory(compile_policy(read(write(proposal))))
    drawn = draw_map(territory, [(os.fsencode(path), b"100644", size) for path, size in tree.sizes.items()])
    assert drawn.overlaps == ()
    assert {one.name: one.size_bytes for one in drawn.agents} == {one.agent: one.size_bytes for one in proposal.shares}


def test_a_comment_never_breaks_out_of_its_line() -> None:
    manifests = {"x\ny: 1/compose.yaml": "services: {a: {build: ../web}}"}
    files = write(propose_split(facts("web/a.ts", manifests=manifests), ["a1"], repo_name="shop"))
    assert b"web: web/**  # x?y: 1/compose.yaml\n" in files.grid
    assert yaml.safe_load(files.grid)["services"] == {"web": "web/**"}
