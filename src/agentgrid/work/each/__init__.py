"""`each`: one command over agents, at the same time."""
