"""init, demo and uninstall: the rooms at work together."""
