"""Configuration: schema, loading from a tree or the disk, presets, the policy in force."""
