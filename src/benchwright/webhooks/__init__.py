"""Signed messages to other systems when a run ends or a verdict changes."""
