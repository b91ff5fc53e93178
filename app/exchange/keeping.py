"""How old a state of a node may be that somebody brings back. Pure."""

from datetime import timedelta

# What ended is forgotten once everybody has known it for 180 days or longer (`Settings.tombstone_days`). A state of a
# node that is put back is younger than this: so it knows of every end that anybody has forgotten, a month to spare.
RESTORABLE = timedelta(days=150)
