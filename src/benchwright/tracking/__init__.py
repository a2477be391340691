"""Reports of runs to an MLflow server."""
