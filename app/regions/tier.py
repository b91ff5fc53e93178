"""The levels of the administration and of the network. Pure."""

from enum import StrEnum


class Tier(StrEnum):
    """A level, widest first. A node is a city, district or street; a community is a service point of its street."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"

    @property
    def depth(self) -> int:
        """0 for a city, 3 for a community."""
        return list(Tier).index(self)
