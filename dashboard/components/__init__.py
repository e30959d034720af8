"""Widgets two or more pages use. Each takes a key; none asks the lake."""
