"""Config files of the installation: YAML and JSON that jobs are started with."""
