"""Manifests as they are written: each wanted package with the place of its version text."""
