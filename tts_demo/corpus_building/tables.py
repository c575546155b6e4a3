"""Tab-separated tables with a header line."""

from collections.abc import Iterable, Sequence
from pathlib import Path


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a table, by column; raises ValueError where a row has too few or too many fields."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines]


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table; raises ValueError if a field holds a TAB or a line break, or a row has another length."""
    lines = ["\t".join(columns)]
    for row in rows:
        fields = [str(field) for field in row]
        if len(fields) != len(columns) or any(set("\t\r\n") & set(field) for field in fields):
            raise ValueError(f"This row does not fit into the table: {fields}.")
        lines.append("\t".join(fields))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
