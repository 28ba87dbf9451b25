"""The only place that prints: terminal, JSON envelope."""
