"""Benchwright: define a benchmark once, run it anywhere, watch it live, trust the verdict."""
