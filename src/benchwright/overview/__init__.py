"""What goes on across projects: what runs, what needs attention, how each load test has fared."""
