"""Programs that the project's own interpreter runs: they import nothing of agentgrid and run on Python 3.8 too."""
