"""Short ways to write the preview's invented parts: a pair of words is Chinese and English."""

from __future__ import annotations

from typing import Any

from bulou.web.preview.city import at, t
from bulou.web.show.duties import Fact, Step
from bulou.web.show.figures import Act, Cell, Chip, Figure, Row, State

Words = str | tuple[str, str]


def word(words: Words) -> str:
    """The words in the page's language."""
    return words if isinstance(words, str) else t(*words)


def _worded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: t(*value) if isinstance(value, tuple) else value for name, value in values.items()}


def chip(state: State, zh: str, en: str) -> Chip:
    """A state in words."""
    return Chip(state=state, text=t(zh, en))


def act(label: Words, url: str = "#", **rest: Any) -> Act:
    """A step that leads nowhere."""
    return Act(label=word(label), url=url, **_worded(rest))


def fact(label: Words, value: Words, **rest: Any) -> Fact:
    """A named value."""
    return Fact(label=word(label), value=word(value), **_worded(rest))


def figure(label: Words, value: Words, **rest: Any) -> Figure:
    """A number with its question."""
    return Figure(label=word(label), value=word(value), **_worded(rest))


def step(clock_time: str, what: Words, **rest: Any) -> Step:
    """An entry of a story."""
    return Step(at=at(clock_time), what=word(what), **_worded(rest))


def link(text: Words) -> Cell:
    """A cell that leads to its rows."""
    return Cell(text=word(text), href="#")


def row(*values: Words | Chip | Cell | None, total: bool = False) -> Row:
    """A row of cells, of which plain words and chips need no more writing."""
    return Row(cells=tuple(_cell(value) for value in values), total=total)


def _cell(value: Words | Chip | Cell | None) -> Cell:
    if value is None:
        return Cell()
    if isinstance(value, Cell):
        return value
    return Cell(chip=value) if isinstance(value, Chip) else Cell(text=word(value))
