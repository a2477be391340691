"""The history of the schema; `kit.migrations` runs it, `make migration` adds to it."""
