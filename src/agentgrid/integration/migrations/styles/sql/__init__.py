"""Migrations as SQL files, counted (`0007_add_users.sql`, `V7__add_users.sql`) or dated (`20261126101500_add.sql`)."""
