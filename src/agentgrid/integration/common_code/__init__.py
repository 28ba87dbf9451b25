"""What common code offers to all agents, and which version of it that is."""
