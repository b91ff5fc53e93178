"""Occupations, skills and certificates: what work is, and what is near to what."""
