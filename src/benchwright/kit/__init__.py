"""What knows nothing of benchmarks: database, ids, errors, fetching, storage, streams."""
