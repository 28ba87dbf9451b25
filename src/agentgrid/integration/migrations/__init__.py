"""The migration queue: asking for migrations, and giving them their place."""
