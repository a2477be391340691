"""Finds projects, load tests, specs, endpoints and runs by their words."""
