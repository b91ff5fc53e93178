"""Where: the tree of city, district, street and community, and the offices that stand in it."""
