"""OpenAPI documents: found, fetched, analysed, and kept as specs with tags and endpoints."""
