"""Which ports agents get: blocks that never meet, the same again, none that somebody listens on."""

from hypothesis import given
from hypothesis import strategies as st

from agentgrid.workspace.environment.ports import OWN, Allocation, Block, allocate, usable_range

SERVICES = [f"s{number}" for number in range(22)]
WITHIN = (16000, 32767)


def give(agent: str, blocks: dict[str, Block], services: list[str] = SERVICES, *, busy: frozenset[int] = frozenset(),
         strange: frozenset[int] = frozenset(), within: tuple[int, int] = WITHIN) -> Allocation | None:  # fmt: skip
    others = [block for name, block in blocks.items() if name != agent]
    return allocate(services, blocks.get(agent), others, seed=f"/shop/.git\0{agent}", within=within,
                    is_free=lambda port: port not in busy | strange, is_strange=strange.__contains__)  # fmt: skip


def require(found: Allocation | None) -> Block:
    assert found is not None
    return found.block


def give_all(count: int, *, busy: frozenset[int] = frozenset()) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    for number in range(count):
        blocks[f"a{number}"] = require(give(f"a{number}", blocks, busy=busy))
    return blocks


def test_200_agents_with_22_services_have_no_port_in_common() -> None:
    blocks = give_all(200)

    spans = [port for block in blocks.values() for port in range(block.first, block.first + block.size)]
    assert len(spans) == len(set(spans)) == 200 * 40
    assert all(len(set(block.ports.values())) == 23 for block in blocks.values())
    assert (min(spans) >= WITHIN[0], max(spans) <= WITHIN[1]) == (True, True)


def test_what_was_lost_comes_out_the_same() -> None:
    assert give_all(30) == give_all(30)


def test_what_an_agent_has_stays_whoever_comes_and_goes() -> None:
    blocks = give_all(10)

    assert [give(agent, {agent: block, "new": Block(40, 20, {})}) for agent, block in blocks.items()] == [
        Allocation(block, {}) for block in blocks.values()
    ]


def test_a_new_service_gets_a_port_and_no_other_moves() -> None:
    blocks = give_all(3)
    before = blocks["a1"].ports

    after = require(give("a1", blocks, ["first", *SERVICES, "last"]))

    assert {name: after.ports[name] for name in before} == before
    assert {after.ports["first"], after.ports["last"]} < set(range(after.first + OWN, after.first + after.size))


def test_services_that_outgrow_the_block_get_ports_that_are_nobodys() -> None:
    blocks = give_all(50)

    many = require(give("a1", blocks, [f"t{number}" for number in range(100)]))

    others = {port for name, block in blocks.items() if name != "a1" for port in range(block.first, block.first + 40)}
    assert len(set(many.ports.values())) == 123
    assert others.isdisjoint(many.ports.values())


def test_a_block_with_a_listener_in_it_is_passed_over() -> None:
    first = require(give("a1", {})).first

    assert require(give("a1", {}, busy=frozenset({first + 3}))).first != first


def test_only_a_port_that_a_stranger_has_taken_moves() -> None:
    blocks = {"a1": require(give("a1", {}))}
    taken = blocks["a1"].ports["s4"]

    found = give("a1", blocks, strange=frozenset({taken}))

    assert found is not None
    assert dict(found.moved) == {"s4": (taken, found.block.ports["s4"])}
    assert {name for name, port in found.block.ports.items() if port != blocks["a1"].ports[name]} == {"s4"}


def test_when_the_first_port_moves_its_whole_run_does_and_meets_nobodys() -> None:
    blocks = give_all(30)
    before = blocks["a1"]

    found = give("a1", blocks, strange=frozenset({before.first}))

    assert found is not None
    base = found.block.ports[""]
    run = set(range(base, base + OWN))
    assert list(found.moved) == [""]
    assert run.isdisjoint(port for block in blocks.values() for port in range(block.first, block.first + block.size))
    blocks["a1"] = found.block
    late = require(give("late", blocks, within=(base - 40, base + 60)))
    assert run.isdisjoint(range(late.first, late.first + late.size))


def test_without_room_there_is_no_answer() -> None:
    assert give("a1", {}, within=(16000, 16020)) is None
    assert give("a1", {}, busy=frozenset(range(*WITHIN))) is None


@given(st.integers(1, 65000), st.integers(0, 60000))
def test_ports_that_the_system_gives_away_are_left_to_it(first: int, length: int) -> None:
    last = min(first + length, 65535)
    low, high = usable_range((first, last))

    assert 1024 < low < high <= 65535
    assert (low, high) == (20000, 32767) or high < first or low > last
