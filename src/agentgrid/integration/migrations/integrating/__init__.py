"""Integrating requests on a branch or on the train: at once, or not at all."""
