"""What runs now, who drives it, and whether the server's own loops do their work."""
