"""The commands of the program `benchwright`, one module each."""
