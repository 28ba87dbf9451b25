"""Asking for migrations: files that a branch carries, or SQL alone."""
