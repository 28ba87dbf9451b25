"""Migrations tried on scratch databases before they are integrated."""
