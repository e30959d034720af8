"""The lake: the only place where frames become tables (DuckDB through DuckLake)."""
