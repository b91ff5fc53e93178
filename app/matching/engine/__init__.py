"""The engine: the results of `app.matching.rank`, identical to the last point, without judging every pair.

Nothing of the score stands here. A listing is a row of numbers; each number names a distinct value (an occupation, a
street, a kind of hours), and what a profile makes of a value is asked of the reference's own functions once, not once
a listing. What remains is to add small tables up, and to look only where the best can be.

    interned     distinct values and their numbers
    facets       the conditions that are decided by a value of the post and a value of the person
    kinship      how near a work or a skill is to all others at once
    bits         sets of rows, 64 to a word
    listing_rows, listing_columns     the listings of a market as numbers
    stack        rows over all values of a kind, known by where they begin
    asked_parts  what one part of a profile makes of every value, a row for each part
    asked        a profile as the rows of its parts, and the tables that they make together
    points       the points of some rows
    promise      the best rows of those that suit
    compiled, compiled_tables     both of these, and the tables, where numba is installed; `kernels` chooses
    search       the best rows of a segment for what was asked
    market       the listings of a running node, followed as they change
    snapshot     a market on disk, shared by processes
"""
