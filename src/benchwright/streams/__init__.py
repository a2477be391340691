"""Runs that other tools carry out, and whose figures they stream in."""
