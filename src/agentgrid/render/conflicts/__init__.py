"""Conflicts for people and for programs: the matrix on a terminal, JSON, Markdown, the live picture."""
