"""What goes to the trash: of nested entries the outermost alone."""

from agentgrid.workspace.trash import keep_outermost


def test_what_is_in_another_entry_is_not_named_twice() -> None:
    listed = [b"s/deep/", b"s/deep/er/", b"s/deep/er/x.log", b"s/deep-er/y.log", b"s/deep.log", b"s/deep", b"t"]

    assert keep_outermost(listed) == (b"s/deep/", b"s/deep-er/y.log", b"s/deep.log", b"t")


def test_nothing_stays_nothing() -> None:
    assert keep_outermost([]) == ()
