"""Finding the name that was meant, however it was typed. No word of the labour market stands here."""

from app.lookup.hit import Channel, Hit, best_of
from app.lookup.index import FuzzyIndex
from app.lookup.likeness import WEIGHTS

__all__ = ["WEIGHTS", "Channel", "FuzzyIndex", "Hit", "best_of"]
