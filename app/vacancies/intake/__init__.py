"""Rows of real files made into vacancies: which column means what, what a cell says, and what is stored.

Reading is pure and apart from storing. A cell is understood, kept as its words with a note, or rejected by name with a
reason; it is never guessed in silence. docs/import.md lists what is understood.
"""
