"""A mapping file: how somebody else's columns and words become ours, so that a file is taken as it is.

.. code:: toml

   id = "case_id"                     # a column of the file is one of ours
   exposure = ["setting", "note"]     # or several of ours
   [constant]
   status = "confirmed"               # ours, the same in every row (where the file's cell is blank, too)
   [words.setting]
   "Hospital room" = "healthcare"     # a cell of ours, otherwise
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bulou.kernel.errors import InputFault
from bulou.tables.relation import Source, literal, quoted, trimmed

_REMEDY = 'Write lines such as "身份证" = "person_id", [constant] and [words.COLUMN].'


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Names of the file → ours, copies (ours → the column it is copied from), constants, and words by column of ours."""

    names: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def given(self) -> frozenset[str]:
        """Columns of ours that the mapping makes, so the file need not have them."""
        return frozenset(self.copies) | frozenset(self.constants)

    def applied(self, source: Source, *, known: Sequence[str]) -> Source:
        """The source with what the mapping adds and rewords; ``InputFault`` for a column that the kind does not have."""
        for name in (*self.copies, *self.constants, *self.words):
            if name not in known:
                message = f"the mapping fills a column {name!r}, which this kind does not have"
                raise InputFault(
                    message, file=source.path.name, column=name, code="mapping", remedy=f"Columns: {', '.join(known)}."
                )
        if not (self.given or self.words):
            return source
        columns = dict.fromkeys((*source.columns, *(name for name, of in self.copies.items() if of in source.columns)))
        columns |= dict.fromkeys(self.constants)
        parts = [f"{self._cell(name, source)} AS {quoted(name)}" for name in columns]
        return replace(source, sql=f"(SELECT {', '.join(parts)} FROM {source.sql})", columns=tuple(columns))

    def _cell(self, name: str, source: Source) -> str:
        of = name if name in source.columns else self.copies.get(name, "")
        cell = quoted(of) if of in source.columns else "NULL"
        if name in self.words:
            said = trimmed(f"CAST({cell} AS VARCHAR)")
            cases = " ".join(f"WHEN {literal(word)} THEN {literal(ours)}" for word, ours in self.words[name].items())
            cell = f"CASE {said} {cases} ELSE {cell} END"
        if name in self.constants:
            blank = f"nullif({trimmed(f'CAST({cell} AS VARCHAR)')}, '')"
            cell = f"coalesce({blank}, {literal(self.constants[name])})"
        return cell


NO_MAPPING = ColumnMap()


def read_mapping(path: Path) -> ColumnMap:
    """Read a mapping file; ``InputFault`` when it cannot be read or says something else."""
    try:
        found: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        message = f"the mapping cannot be read: {fault}"
        raise InputFault(message, file=path.name, remedy=_REMEDY) from fault
    constants = _table(path, found.pop("constant", {}))
    words = found.pop("words", {})
    if not isinstance(words, dict):
        raise InputFault("words is a table", file=path.name, column="words", remedy=_REMEDY)
    names: dict[str, str] = {}
    copies: dict[str, str] = {}
    for name, meant in found.items():
        ours = [meant] if isinstance(meant, str) else meant
        if not isinstance(ours, list) or not ours or not all(isinstance(one, str) for one in ours):
            raise InputFault("a column is mapped to a name or a list of names", file=path.name, column=name, remedy=_REMEDY)
        names[name] = ours[0]
        copies |= dict.fromkeys(ours[1:], ours[0])
    return ColumnMap(names, copies, constants, {name: _table(path, table) for name, table in words.items()})


def _table(path: Path, table: object) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise InputFault("constant and words hold texts", file=path.name, remedy=_REMEDY)
    return {str(name).strip(): value for name, value in table.items()}
