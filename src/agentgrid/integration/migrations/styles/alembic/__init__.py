"""Alembic's revisions: files of Python that name themselves, and what they follow."""
