"""Where runs execute: the port and its implementations."""
