"""Figures of runs on their way to a Prometheus-compatible database of the operator's."""
