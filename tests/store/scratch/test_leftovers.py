"""Which databases of a server are leftovers."""

from agentgrid.store.scratch.leftovers import OLD_S, database_name, find_leftovers, owner_name

NOW = 1_750_000_000
OWNER = owner_name(NOW - 60, "0123abcd")
DATABASE = database_name(OWNER, 1)


def test_one_whose_owner_is_gone_is_a_leftover() -> None:
    assert find_leftovers([DATABASE], ["psql", "agentgrid_scratch"], NOW) == [DATABASE]


def test_one_whose_owner_is_connected_is_not() -> None:
    assert find_leftovers([DATABASE], [OWNER], NOW) == []


def test_one_that_is_older_than_a_day_is_a_leftover_whoever_is_connected() -> None:
    assert find_leftovers([DATABASE], [OWNER], NOW + OLD_S) == [DATABASE]


def test_databases_of_other_names_are_nobodys_business() -> None:
    others = ["postgres", "agentgrid_scratch", "agentgrid_scratch_shop", f"{DATABASE}_mine", f"my_{DATABASE}"]
    assert find_leftovers(others, [], NOW + OLD_S) == []
