"""Data of other systems, which is shown and never changed."""
