"""Contacts ring by ring on a packed directory: reads only the stretches of the line that the sources touch.

The bound of a ring is its sources' presences sorted once, and each presence near them located in their chain by two
searches: no product of sources and contacts. When the sources are many, all presences are walked through in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bulou.matching.presence.line import (
    ByLength,
    best_overlaps,
    by_length,
    chain_of,
    earliest_starts,
    smallest_ends,
    smallest_labels,
)
from bulou.matching.presence.packed import Array, Ints, Packed
from bulou.matching.presence.side_by_side import in_turn

_BLOCK = 150_000  # presences looked at in one go: what a core's cache holds; measured
_DENSE = 8  # sources with more than one presence in this many: walking all is quicker than picking; only speed depends on it
_HELD = (
    1 << 24
)  # presences whose mapped memory is held at most: 20 bytes each, a third of a gigabyte; only memory depends on it
_NONE = np.iinfo(np.int64).max
Windows = Mapping[int, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Ring:
    """Contacts of one ring, ascending by person code; instants in microseconds since 1970 UTC; ``touched`` counts rows."""

    person: Ints
    source: Ints
    place: Ints
    begins: Ints
    ends: Ints
    touched: int


@dataclass(frozen=True, slots=True)
class _Sources:
    """Sources' clipped presences on the line, ascending by begin."""

    begin: Ints
    end: Ints
    person: npt.NDArray[np.int32]
    ranges: tuple[Ints, Ints] | None  # presence numbers that may meet them, firsts and past lasts; None: all


@dataclass(slots=True)
class _Found:
    """Presences that qualify, with the overlap's length and where it starts on the line."""

    row: Ints
    person: npt.NDArray[np.int32]
    length: Ints
    start: Ints


def search(packed: Packed, windows: Windows, *, least: int, rings: int, named: bool) -> list[Ring]:
    """The rings around cases given as windows (from, until) by person code.

    ``least``: the shortest overlap in microseconds, at least 1. Without ``named`` a ring's other columns may be left empty.
    """
    closed = np.zeros(len(packed.people), bool)
    closed[list(windows)] = True
    sources = _of_windows(packed, windows, least)
    found = []
    for number in range(1, rings + 1):
        ring, following = _ring(packed, sources, closed, least, named=named, going_on=number < rings)
        found.append(ring)
        closed[ring.person] = True
        packed.let_go()
        if number < rings:
            sources = _of_starts(packed, ring.person, following, least)
            packed.let_go()
    return found


def _of_windows(packed: Packed, windows: Windows, least: int) -> _Sources:
    rows, begins, ends = [], [], []
    for code, spans in windows.items():
        own = np.asarray(packed.order[packed.person_begins[code] : packed.person_begins[code + 1]], np.int64)
        shift = packed.shift[packed.place_of(own)]
        for since, until in spans:
            rows.append(own)
            begins.append(np.maximum(packed.arrived[own], since + shift))
            ends.append(np.minimum(packed.left[own], until + shift))
    return _sources(packed, _joined(rows), _joined(begins), _joined(ends), least)


def _of_starts(packed: Packed, people: Ints, since: Ints, least: int) -> _Sources:
    """The presences of people, each from an instant of their own on."""
    runs = packed.person_begins[people + 1] - packed.person_begins[people]
    total = int(runs.sum())
    if total * _DENSE < len(packed.arrived):
        first = np.repeat(packed.person_begins[people] - np.cumsum(runs) + runs, runs)
        rows = np.sort(np.asarray(packed.order[first + np.arange(total)], np.int64))
        since_of = np.zeros(0, np.int64) if not total else since[np.searchsorted(people, packed.person[rows])]
        begin = np.maximum(packed.arrived[rows], since_of + packed.shift[packed.place_of(rows)])
        return _sources(packed, rows, begin, packed.left[rows], least)
    by_person = np.full(len(packed.people), _NONE)
    by_person[people] = since
    rows_kept, begins, ends = [], [], []
    for start, stop in _blocks(len(packed.arrived)):
        from_when = by_person[packed.person[start:stop]]
        rows = np.flatnonzero(from_when != _NONE)
        begin = np.maximum(packed.arrived[start:stop][rows], from_when[rows] + _shifts(packed, start, stop)[rows])
        end = packed.left[start:stop][rows]
        long = end - begin >= least
        rows_kept.append(rows[long] + start)
        begins.append(begin[long])
        ends.append(end[long])
    return _sources(packed, _joined(rows_kept), _joined(begins), _joined(ends), least)


def _shifts(packed: Packed, start: int, stop: int) -> Ints:
    """The shift of each presence of a block."""
    first, last = packed.place_of(np.array([start, stop - 1]))
    edges = np.clip(packed.place_begins[first : last + 2], start, stop)
    return np.repeat(packed.shift[first : last + 1], np.diff(edges))


def _joined(parts: list[Any]) -> Ints:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _sources(packed: Packed, rows: Ints, begin: Ints, end: Ints, least: int) -> _Sources:
    """Keep what is long enough, sort it, and find which presences may meet it."""
    keep = np.flatnonzero(end - begin >= least)
    rank = keep[np.argsort(begin[keep], kind="stable")]
    rows, begin, end = rows[rank], np.ascontiguousarray(begin[rank]), np.ascontiguousarray(end[rank])
    ranges = None
    if len(rows) * _DENSE < len(packed.arrived):
        low = np.searchsorted(packed.arrived, begin - packed.longest[packed.place_of(rows)], "left")
        high = np.searchsorted(packed.arrived, end, "left")
        low, high = _union(low, high)
        if int((high - low).sum()) * 2 < len(packed.arrived):
            ranges = (low, high)
    return _Sources(begin, end, np.asarray(packed.person[rows]), ranges)


def _union(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Ranges of presence numbers, merged where they meet: their firsts, and one past their lasts."""
    rank = np.argsort(low, kind="stable")
    low, high = low[rank], np.maximum.accumulate(high[rank])
    opens = np.concatenate([[True], low[1:] > high[:-1]]) if len(low) else np.empty(0, bool)
    closes = np.concatenate([opens[1:], [True]]) if len(low) else opens
    return low[opens], high[closes]


def _blocks(count: int) -> Iterator[tuple[int, int]]:
    for at in range(0, count, _BLOCK):
        yield at, min(count, at + _BLOCK)


def _candidates(packed: Packed, sources: _Sources) -> Iterator[Array | slice]:
    """Presence numbers that may meet a source, in blocks, ascending."""
    if sources.ranges is None:
        yield from (slice(start, stop) for start, stop in _blocks(len(packed.arrived)))
        return
    low, high = sources.ranges
    ends = np.cumsum(high - low)
    for start, stop in _blocks(int(ends[-1]) if len(ends) else 0):
        first, last = np.searchsorted(ends, [start, stop - 1], "right")
        of = slice(int(first), int(last) + 1)
        runs = np.minimum(ends[of], stop) - np.maximum(ends[of] - (high[of] - low[of]), start)
        yield np.repeat(high[of] - ends[of], runs) + np.arange(start, stop)


def _ring(
    packed: Packed, sources: _Sources, closed: npt.NDArray[np.bool_], least: int, *, named: bool, going_on: bool
) -> tuple[Ring, Ints]:
    """One ring, and for each of its people the instant from which they are sources themselves."""
    nobody = np.empty(0, np.int64)
    if not len(sources.begin):
        return Ring(nobody, nobody, nobody, nobody, nobody, 0), nobody
    best, first, met, touched = _scan(packed, sources, closed, least, named=named, going_on=going_on)
    packed.let_go()
    people = np.flatnonzero(met)
    held = by_length(sources.begin, sources.end, sources.person) if named or going_on else None
    ring = Ring(people, nobody, nobody, nobody, nobody, touched)
    if held is not None and named:
        ring = _name(packed, held, best, people, touched)
    return ring, _following(packed, held, first, people, least) if held is not None and going_on else nobody


def _scan(
    packed: Packed, sources: _Sources, closed: npt.NDArray[np.bool_], least: int, *, named: bool, going_on: bool
) -> tuple[_Found, _Found, npt.NDArray[np.bool_], int]:
    """Look at every presence that may meet a source: each person's longest overlaps, and their earliest ones."""
    chain = chain_of(sources.begin, sources.end)
    met = np.zeros(len(packed.people), bool)
    longest = np.zeros(len(packed.people), np.int64)
    earliest = np.full(len(packed.people), _NONE)
    best, first = [], []
    touched = 0

    def look(block: Array | slice) -> tuple[int, _Found, _Found | None]:
        who = packed.person[block]
        came, went = packed.arrived[block], packed.left[block]
        keep = np.flatnonzero(~closed[who] & (went - came >= least))
        came, went = came[keep], went[keep]
        length, start = best_overlaps(chain, came, went)
        meets = np.flatnonzero(length >= least)
        own = keep[meets]
        rows = own + block.start if isinstance(block, slice) else block[own]
        found = _Found(rows, who[own], length[meets], start[meets])
        if not going_on:
            return len(who), found, None
        begins = earliest_starts(chain, came[meets], went[meets], least)
        return len(who), found, _Found(rows, found.person, went[meets], begins)

    for count, found, early in in_turn(look, _candidates(packed, sources)):
        if (touched + count) // _HELD > touched // _HELD:
            packed.let_go()
        touched += count
        met[found.person] = True
        if named:
            np.maximum.at(longest, found.person, found.length)
            best.append(_kept(found, found.length == longest[found.person]))
        if early is not None:
            at = early.start - packed.shift[packed.place_of(early.row)]
            np.minimum.at(earliest, early.person, at)
            first.append(_kept(early, at == earliest[early.person]))
    longest_now = _merged(best)
    earliest_now = _merged(first)
    at = earliest_now.start - packed.shift[packed.place_of(earliest_now.row)]
    return (
        _kept(longest_now, longest_now.length == longest[longest_now.person]),
        _kept(earliest_now, at == earliest[earliest_now.person]),
        met,
        touched,
    )


def _merged(parts: list[_Found]) -> _Found:
    return _Found(
        _joined([one.row for one in parts]),
        _joined([one.person for one in parts]).astype(np.int32, copy=False),
        _joined([one.length for one in parts]),
        _joined([one.start for one in parts]),
    )


def _kept(found: _Found, keep: Array) -> _Found:
    return _Found(found.row[keep], found.person[keep], found.length[keep], found.start[keep])


def _name(packed: Packed, held: ByLength, best: _Found, people: Ints, touched: int) -> Ring:
    """Of each person's longest overlaps the earliest, then the smallest source, then the smallest place."""
    place = packed.place_of(best.row)
    begins = best.start - packed.shift[place]
    for_each = len(packed.people)
    best, place, begins = _least(best, place, begins, by=begins, people=for_each)
    source = smallest_labels(held, best.start, best.start + best.length, exact=best.start > packed.arrived[best.row])
    least_source = np.full(for_each, _NONE)
    np.minimum.at(least_source, best.person, source)
    best, place, begins = _least(best, place, begins, by=source, people=for_each)
    best, place, begins = _least(best, place, begins, by=place, people=for_each)
    where = np.empty(for_each, np.int64)  # equal in all that is asked for where a person still has several
    where[best.person] = np.arange(len(best.person))
    one = where[people]
    return Ring(people, least_source[people], place[one], begins[one], begins[one] + best.length[one], touched)


def _least(found: _Found, place: Ints, begins: Ints, *, by: Ints, people: int) -> tuple[_Found, Ints, Ints]:
    """Keep what is smallest of its person."""
    smallest = np.full(people, _NONE)
    np.minimum.at(smallest, found.person, by)
    keep = np.flatnonzero(by == smallest[found.person])
    return _kept(found, keep), place[keep], begins[keep]


def _following(packed: Packed, held: ByLength, first: _Found, people: Ints, least: int) -> Ints:
    """For each person the end of the earliest overlap, by start, then by end (``length`` holds where the presence ends)."""
    ends = smallest_ends(held, first.start, first.start + least, exact=first.start > packed.arrived[first.row])
    at = np.minimum(ends, first.length) - packed.shift[packed.place_of(first.row)]
    earliest = np.full(len(packed.people), _NONE)
    np.minimum.at(earliest, first.person, at)
    return earliest[people]
