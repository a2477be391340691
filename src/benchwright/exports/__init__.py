"""Results and figures of one or many runs as tables for other programs."""
