"""The compose file: a sandbox for each agent, and the infrastructure that they share."""
