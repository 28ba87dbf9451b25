"""Bringing the base, or another agent's branch, into the agents' branches where they are checked out."""
