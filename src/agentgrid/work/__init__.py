"""Work that agents' commands do: one command for one agent, or for each."""
