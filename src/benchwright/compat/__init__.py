"""The documented interfaces of systems that Benchwright replaces."""
