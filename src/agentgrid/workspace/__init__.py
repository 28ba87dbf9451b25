"""The agent's desk: worktree, branch, identity, hooks, focus file."""
