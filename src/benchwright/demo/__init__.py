"""The demonstration: a small API with habits, and a load test of it."""
