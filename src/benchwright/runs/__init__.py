"""The run: its states, the reconciler, events, log, progress and artifacts."""
