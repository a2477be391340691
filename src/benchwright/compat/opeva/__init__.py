"""The interface of the OPEVA training backend."""
