"""Secrets of a person: where they come from, a value that never shows itself, and taking it out of what is written."""
