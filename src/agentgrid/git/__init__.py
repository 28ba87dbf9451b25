"""The only place that runs git. Knows commits, refs, worktrees and paths; nothing of agents' work."""
