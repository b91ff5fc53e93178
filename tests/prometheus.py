"""Reads Prometheus' text format strictly, by the grammar of its documentation: what it cannot read is an error."""

import re

Key = tuple[str, tuple[tuple[str, str], ...]]
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
_LINE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)\}})? ([0-9.e+-]+|\+Inf|NaN)")
_ENDINGS = re.compile("_(bucket|sum|count)$")


def read(text: str) -> dict[Key, float]:
    """Every sample by name and labels; AssertionError for what is no line, comes twice, or has no TYPE before it."""
    assert text.endswith("\n")
    found: dict[Key, float] = {}
    types: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"{name} is declared twice"
            types[name] = kind
        elif line.startswith("# HELP "):
            assert len(line.split(" ", 3)) == 4
        else:
            match = _LINE.fullmatch(line)
            assert match, line
            name = match[1]
            family = _ENDINGS.sub("", name) if types.get(_ENDINGS.sub("", name)) == "histogram" else name
            assert family in types, f"{name} has no TYPE"
            key = name, tuple((label, _plain(value)) for label, value in re.findall(_LABEL, match[2] or ""))
            assert key not in found, f"{key} comes twice"
            found[key] = float(match[match.lastindex or 0])
    return found


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value)
