"""Backups of a node: one verified file made while it serves, and the way back from it (docs/backup.md)."""
