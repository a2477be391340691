"""Any command or container image with a config, as a run."""
