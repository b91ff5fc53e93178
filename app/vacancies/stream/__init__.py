"""A copy of the market for programs elsewhere: a snapshot to begin with, and what changed since (docs/stream.md)."""
