"""How long runs are kept: by age and size per project, never pinned ones."""
