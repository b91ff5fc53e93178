"""Searching listings: what was typed becomes parts with a meaning, parts become conditions and an order in SQL, and
where nothing is found, wider searches are offered with their counts."""
