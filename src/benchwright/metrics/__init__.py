"""Ingest, histograms, the live window, stored series, telemetry and auto-stop rules."""
