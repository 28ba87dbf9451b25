"""What constraints allow, as each ecosystem's own library judges it."""
