"""Datasets of the installation: folders of files, with a schema, that jobs read."""
