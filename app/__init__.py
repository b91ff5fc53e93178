"""Sanlian 三联: a public labour market on three linked levels, city, district and street."""

__version__ = "0.1.0"
