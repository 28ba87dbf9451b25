"""What every agent has now: one commit of committed and uncommitted work, made beside the real objects."""
