"""Setting a fresh worktree up: local files of the main worktree, commands, the repository's own hooks; the guard."""
