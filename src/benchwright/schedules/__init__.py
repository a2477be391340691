"""Load tests that start by the clock: when, whether they may, and what came of it."""
