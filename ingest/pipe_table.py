"""Write rows as a Markdown pipe table whose first row is the column heads."""

from __future__ import annotations

from collections.abc import Sequence


def pipe_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Join clean cells into a table; empty rows and columns are left out, "" without data.

    A table without column heads keeps an empty first row: any invented heads ("Item", "Value")
    would put words into passages that the council never said.
    """
    width = max([len(heads), *(len(row) for row in rows)], default=0)
    full = [[*row, *[""] * (width - len(row))] for row in (heads, *rows)]
    kept = [i for i in range(width) if any(row[i] for row in full)]
    data = [row for row in full[1:] if any(row)]
    if not kept or not data:
        return ""
    lines = [_line([row[i] for i in kept]) for row in (full[0], *data)]
    return "\n".join([lines[0], "|" + "---|" * len(kept), *lines[1:]])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")
