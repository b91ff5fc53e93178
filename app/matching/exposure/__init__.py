"""Who is shown how much: the exposure of groups of persons, compared. It reads what matching must not, and only counts.

groups    the groups that a person belongs to
tally     adding up what each group was shown
report    the figures of the groups, small cells suppressed
measure   both, over the persons and listings of a node
"""
