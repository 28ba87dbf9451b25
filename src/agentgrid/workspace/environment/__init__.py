"""The environment of an agent's processes: what they inherit, what is made for them, what the grid sets, their keys."""
