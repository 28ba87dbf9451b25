"""Python's share of what git can't see, read with `ast`; nothing is ever imported or run."""
