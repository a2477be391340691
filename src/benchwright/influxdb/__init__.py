"""Raw samples of load tests on their way to an InfluxDB 1.x of the user's own."""
