"""The interface of Metric Vault: its clients work against Benchwright unchanged."""
