"""Intervals on one line: the longest overlap of many intervals with a set of others, without looking at every pair.

The set is reduced to its *chain*: the intervals that lie in no other. Along the chain starts and ends both ascend. A
contained interval never gives a longer overlap than the one around it, nor the same length with an earlier start, so the
chain answers *how long and from when*; *with whom* is asked afterwards, for the best only.
All positions are int64 arrays; intervals are half-open and not empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bulou.matching.presence.packed import Array, Ints
from bulou.matching.presence.side_by_side import in_turn

_PAIRS = 500_000  # pairs looked at in one go: what a core's cache holds; measured
_QUERIES = 250_000  # queries of one core at a time; operational
_NONE = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Chain:
    """The intervals that lie in no other, and over their lengths a table for the longest of any stretch of them."""

    begin: Ints
    end: Ints
    longest: tuple[Array, ...]  # longest[k][i]: which of i … i + 2ᵏ - 1 is the longest, the earliest of equals


def chain_of(begin: Ints, end: Ints) -> Chain:
    """The chain of intervals sorted by ``begin``."""
    reach = np.maximum.accumulate(end)
    keep = np.ones(len(begin), bool)
    keep[1:] = end[1:] > reach[:-1]
    begin, end = begin[keep], end[keep]
    length = end - begin
    levels: list[Array] = [np.arange(len(begin), dtype=np.int32)]
    while len(begin) >> len(levels):
        half = 1 << (len(levels) - 1)
        low, high = levels[-1][:-half], levels[-1][half:]
        levels.append(np.where(length[high] > length[low], high, low))
    return Chain(begin, end, tuple(levels))


def best_overlaps(chain: Chain, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """For each interval the length of its longest overlap with the chain (≤ 0: none) and the earliest start of such a one."""
    count = len(chain.begin)
    after = np.searchsorted(chain.begin, begin, "right")
    past = np.searchsorted(chain.end, end, "left")
    # begun before: of these the last one reaches furthest
    before = np.maximum(after - 1, 0)
    length = np.where(after > 0, np.minimum(end, chain.end[before]) - begin, 0)
    start = begin.copy()
    # wholly inside
    inside = np.flatnonzero(past > after)
    if len(inside):
        found = _longest(chain, after[inside], past[inside])
        own = chain.end[found] - chain.begin[found]
        better = own > length[inside]
        which = inside[better]
        length[which], start[which] = own[better], chain.begin[found[better]]
    # begun inside, ending after
    last = np.maximum(after, past)
    open_ended = np.flatnonzero(last < count)
    found_start = chain.begin[last[open_ended]]
    own = end[open_ended] - found_start
    better = own > length[open_ended]
    which = open_ended[better]
    length[which], start[which] = own[better], found_start[better]
    return length, start


def _longest(chain: Chain, low: Array, high: Array) -> Array:
    """Which of ``low … high - 1`` is the longest, the earliest of equals."""
    level = np.frexp((high - low).astype(np.float64))[1] - 1
    found = np.empty(len(low), np.int64)
    length = chain.end - chain.begin
    for k in np.flatnonzero(np.bincount(level)):
        of = np.flatnonzero(level == k)
        table = chain.longest[k]
        left, right = table[low[of]], table[high[of] - (1 << int(k))]
        found[of] = np.where(length[right] > length[left], right, left)
    return found


def earliest_starts(chain: Chain, begin: Ints, end: Ints, least: int) -> Ints:
    """For each interval the earliest start of an overlap of at least ``least``; a position beyond all where there is none.

    The chain must be made of intervals that are themselves at least ``least`` long.
    """
    count = len(chain.begin)
    after = np.searchsorted(chain.begin, begin, "right")
    at_once = (after > 0) & (np.minimum(end, chain.end[np.maximum(after - 1, 0)]) - begin >= least)
    following = chain.begin[np.minimum(after, count - 1)]
    later = (after < count) & (following <= end - least)
    return np.where(at_once, begin, np.where(later, following, _NONE))


@dataclass(frozen=True, slots=True)
class ByLength:
    """Intervals in classes of length (doubling), each sorted by begin: to look back for what is still there, not further."""

    begin: Ints
    end: Ints
    label: npt.NDArray[np.int32]
    classes: tuple[tuple[int, int, int], ...]  # (first, past the last, no interval of the class is this long)


def by_length(begin: Ints, end: Ints, label: npt.NDArray[np.int32]) -> ByLength:
    """Arrange intervals sorted by ``begin``."""
    size = np.frexp((end - begin).astype(np.float64))[1].astype(np.uint8)
    rank = np.argsort(size, kind="stable")
    counts = np.bincount(size) if len(size) else np.zeros(1, np.int64)
    ends = np.cumsum(counts)
    classes = tuple((int(ends[k] - counts[k]), int(ends[k]), 1 << int(k)) for k in np.flatnonzero(counts))
    return ByLength(begin[rank], end[rank], label[rank], classes)


def _meeting(
    held: ByLength, start: Ints, until: Ints, *, exact: npt.NDArray[np.bool_], length: Ints
) -> Iterator[tuple[Array, Array, Array]]:
    """Blocks of (queries, where the runs begin, which intervals): begun by ``start``, ended at ``until`` or later.

    ``exact`` queries want intervals that begin at ``start`` itself. Every pair within a block satisfies both.
    """
    for first, last, longer in held.classes:
        asked = np.flatnonzero(longer >= length)
        if not len(asked):
            continue
        begin = held.begin[first:last]
        low = np.searchsorted(begin, np.where(exact[asked], start[asked], until[asked] - longer), "left")
        high = np.searchsorted(begin, start[asked], "right")
        some = high > low
        asked, low, high = asked[some], low[some] + first, high[some] + first
        runs = high - low
        total = np.cumsum(runs)
        at = 0
        while at < len(asked):
            done = int(total[at - 1]) if at else 0
            to = max(at + 1, int(np.searchsorted(total, done + _PAIRS, "right")))
            own = runs[at:to]
            which = np.repeat(low[at:to] - (total[at:to] - own - done), own) + np.arange(int(own.sum()))
            yield asked[at:to], total[at:to] - own - done, which
            at = to


def smallest_labels(held: ByLength, start: Ints, until: Ints, *, exact: npt.NDArray[np.bool_]) -> Ints:
    """For each query the smallest label of an interval begun by ``start`` (at ``start``, if exact) and lasting to ``until``."""
    return _smallest(held, held.label, start, until, exact)


def smallest_ends(held: ByLength, start: Ints, until: Ints, *, exact: npt.NDArray[np.bool_]) -> Ints:
    """For each query the earliest end, not before ``until``, of an interval begun by ``start`` (at ``start``, if exact)."""
    return _smallest(held, held.end, start, until, exact)


def _smallest(held: ByLength, wanted: Array, start: Ints, until: Ints, exact: npt.NDArray[np.bool_]) -> Ints:
    none = np.iinfo(wanted.dtype).max

    def part(of: slice) -> Ints:
        smallest = np.full(len(start[of]), none, wanted.dtype)
        ends = until[of]
        for asked, begins, which in _meeting(held, start[of], ends, exact=exact[of], length=ends - start[of]):
            needed = np.repeat(ends[asked], np.diff(np.append(begins, len(which))))
            value = np.where(held.end[which] >= needed, wanted[which], none)
            smallest[asked] = np.minimum(smallest[asked], np.minimum.reduceat(value, begins))
        return smallest

    parts = [slice(at, at + _QUERIES) for at in range(0, len(start), _QUERIES)]
    found = list(in_turn(part, parts))
    return np.concatenate(found).astype(np.int64, copy=False) if found else np.empty(0, np.int64)
