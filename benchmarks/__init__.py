"""Measures what is promised about speed; see README.md."""
