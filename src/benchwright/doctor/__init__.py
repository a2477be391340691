"""What this machine offers to Benchwright, and what to do about the rest."""
