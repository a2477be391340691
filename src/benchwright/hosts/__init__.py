"""Machines with Docker on which runs execute."""
