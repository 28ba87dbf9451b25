"""Clearing away: worktrees whose work has landed, and, when asked, what was kept of removed ones for long enough."""
