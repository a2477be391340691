"""Load tests: a plan becomes a k6 script, k6's summary becomes results and verdicts."""
