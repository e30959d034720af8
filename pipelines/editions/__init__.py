"""Editions: what a week was when it was published; later data make another one beside it.

An edition keeps its figures, the rows of marts they came from, and what they were computed by.
Nothing of it is changed afterwards, whatever comes in later.
"""

from pipelines.editions.publish import publish
from pipelines.editions.read import Edition, editions, figures_of

__all__ = ["Edition", "editions", "figures_of", "publish"]
