"""From log lines to figures: sources, cleaning, lake, promises, marts, metrics, reports."""
