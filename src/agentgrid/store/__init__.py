"""Where the grid's state is kept, and nothing about what it means."""
