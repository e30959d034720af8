"""Marts: additive figures of settled days, and the SELECT that makes them, used by metrics too."""
