"""The workspace that everything else belongs to."""
