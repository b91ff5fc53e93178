"""Employers 用人单位: who offers work, and what of them was seen."""
