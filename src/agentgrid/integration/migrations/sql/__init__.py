"""SQL of requests: whether it can be read, its statements, what they touch and what they lose."""
