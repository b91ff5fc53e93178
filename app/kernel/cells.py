"""Cells of files that people open in a spreadsheet, where a text may not become a formula. Pure."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula


def as_text(cell: str) -> str:
    """A cell that stays a text: what would be a formula begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def as_meant(cell: str) -> str:
    """A cell without the apostrophe that `as_text` put before it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
