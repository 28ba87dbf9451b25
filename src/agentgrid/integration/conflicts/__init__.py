"""What happens where two agents' work meets, before anybody merges it."""
