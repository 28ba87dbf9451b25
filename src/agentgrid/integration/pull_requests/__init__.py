"""Pull requests of agents' branches: opened, brought up to date, merged on the server."""
