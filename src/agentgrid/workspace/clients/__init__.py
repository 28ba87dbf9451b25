"""The clients that drive agents, as far as their settings go: where each reads its edit hook, and putting it there."""
