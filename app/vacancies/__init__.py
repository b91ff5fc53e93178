"""Vacancies from draft to end, and the listings of the whole network that this node knows."""
