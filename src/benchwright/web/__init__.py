"""The face: layout, templates, static files and the pages that belong to no other package."""
