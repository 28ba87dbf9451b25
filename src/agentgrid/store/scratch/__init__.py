"""Databases that are made to try something on and thrown away afterwards, and their schemas as comparable text."""
