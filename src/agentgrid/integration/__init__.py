"""Bringing agents' work together: snapshots, conflicts, order, the train, reviews, pull requests."""
