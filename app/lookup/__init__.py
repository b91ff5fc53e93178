"""Finding the name that was meant, however it was typed. No word of the labour market stands here."""

from app.lookup.hit import Channel, Hit
from app.lookup.index import FuzzyIndex

__all__ = ["Channel", "FuzzyIndex", "Hit"]
