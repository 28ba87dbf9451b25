"""Typer commands: each parses, calls one service, renders."""
