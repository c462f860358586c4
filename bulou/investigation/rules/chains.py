"""Chains of transmission (传播链) from cases and links: generations, clusters, and what is missing in them.

A case may have several possible infectors. Its generation is one more than the smallest generation of its infectors;
``latest`` is the same with the largest, so where the two differ the picture says so. A case nobody is known to have
infected is generation 0. Links that close a circle give their cases no generation, and are named.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A case of the chain; ``onset`` is its first day of symptoms, ``seen`` the day on which it was detected."""

    code: str
    onset: date | None
    seen: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One case infected another, as far as is known."""

    infector: str
    case: str
    setting: str = "unknown"
    certainty: str = "probable"


class Flag(StrEnum):
    """What is missing or strange in a chain."""

    NO_ONSET = "no_onset"  # no day of symptoms: its intervals are unknown
    SEVERAL = "several"  # more than one possible infector
    ORPHAN = "orphan"  # neither infected by nor infector of anybody known
    CYCLE = "cycle"  # infected, by its links, by somebody it infected
    INFECTOR_LATER = "infector_later"  # fell ill before the one who is said to have infected it
    LONG_INTERVAL = "long_interval"  # so long after its infector that somebody between may be missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """What the links say of the cases; every case is in ``generation`` (None: in or behind a circle)."""

    generation: Mapping[str, int | None]
    latest: Mapping[str, int | None]
    infectors: Mapping[str, tuple[str, ...]]  # of each case that has any, nearest generation first
    infected: Mapping[str, tuple[str, ...]]
    clusters: tuple[tuple[str, ...], ...]  # connected cases, the largest first; orphans are not among them
    flags: Mapping[str, frozenset[Flag]] = field(default_factory=dict)
    intervals: tuple[int, ...] = ()  # days from an infector's onset to the case's, where both are known

    @property
    def by_generation(self) -> dict[int, int]:
        """How many cases each generation has."""
        return dict(sorted(Counter(one for one in self.generation.values() if one is not None).items()))

    @property
    def orphans(self) -> tuple[str, ...]:
        """Cases without any link."""
        return tuple(code for code, flags in self.flags.items() if Flag.ORPHAN in flags)

    @property
    def interval(self) -> float | None:
        """The median serial interval in days."""
        return median(self.intervals) if self.intervals else None

    def flagged(self, flag: Flag) -> tuple[str, ...]:
        """The cases with a flag, in the given order."""
        return tuple(code for code, flags in self.flags.items() if flag in flags)


def chains(nodes: Sequence[Node], links: Iterable[Link], *, longest_interval: int) -> Chains:
    """Compute generations, clusters and flags; links of cases that are not given are left out.

    ``longest_interval``: days between two onsets above which somebody between is likely missing (from the pack).
    """
    by_code = {one.code: one for one in nodes}
    known = [one for one in links if one.infector in by_code and one.case in by_code and one.infector != one.case]
    into: dict[str, list[str]] = defaultdict(list)
    out: dict[str, list[str]] = defaultdict(list)
    for one in known:
        if one.infector not in into[one.case]:
            into[one.case].append(one.infector)
            out[one.infector].append(one.case)
    order = _in_order(list(by_code), into, out)
    generation: dict[str, int | None] = dict.fromkeys(by_code)
    latest: dict[str, int | None] = dict.fromkeys(by_code)
    for code in order:
        generation[code] = _next(generation, into.get(code, ()), least=True)
        latest[code] = _next(latest, into.get(code, ()), least=False)
    flags = {code: _flags(one, by_code, into, out, generation, longest_interval) for code, one in by_code.items()}
    return Chains(
        generation=generation,
        latest=latest,
        infectors={code: tuple(sorted(found, key=lambda one: _rank(generation[one], one))) for code, found in into.items()},
        infected={code: tuple(found) for code, found in out.items()},
        clusters=_clusters(by_code, into, out),
        flags=flags,
        intervals=tuple(
            (case - infector).days
            for one in known
            if (case := by_code[one.case].onset) is not None and (infector := by_code[one.infector].onset) is not None
        ),
    )


def _rank(generation: int | None, code: str) -> tuple[int, str]:
    return (1 << 30 if generation is None else generation, code)


def _next(known: Mapping[str, int | None], infectors: Collection[str], *, least: bool) -> int:
    found = [generation for one in infectors if (generation := known[one]) is not None]
    if not found:
        return 0
    return 1 + (min(found) if least else max(found))


def _in_order(codes: Sequence[str], into: Mapping[str, list[str]], out: Mapping[str, list[str]]) -> list[str]:
    """The cases with every infector before those it infected; those in or behind a circle are left out."""
    waiting = {code: len(into.get(code, ())) for code in codes}
    free = deque(code for code in codes if not waiting[code])
    order = []
    while free:
        code = free.popleft()
        order.append(code)
        for behind in out.get(code, ()):
            waiting[behind] -= 1
            if not waiting[behind]:
                free.append(behind)
    return order


def _flags(
    one: Node,
    by_code: Mapping[str, Node],
    into: Mapping[str, list[str]],
    out: Mapping[str, list[str]],
    generation: Mapping[str, int | None],
    longest: int,
) -> frozenset[Flag]:
    found = set()
    infectors = into.get(one.code, [])
    if one.onset is None:
        found.add(Flag.NO_ONSET)
    if len(infectors) > 1:
        found.add(Flag.SEVERAL)
    if not infectors and not out.get(one.code):
        found.add(Flag.ORPHAN)
    if generation[one.code] is None:
        found.add(Flag.CYCLE)
    spans = [(one.onset - onset).days for code in infectors if one.onset and (onset := by_code[code].onset)]
    if any(span < 0 for span in spans):
        found.add(Flag.INFECTOR_LATER)
    if spans and min(spans) > longest:
        found.add(Flag.LONG_INTERVAL)
    return frozenset(found)


def _clusters(
    by_code: Mapping[str, Node], into: Mapping[str, list[str]], out: Mapping[str, list[str]]
) -> tuple[tuple[str, ...], ...]:
    left = {code for code in by_code if into.get(code) or out.get(code)}
    found = []
    for start in by_code:
        if start not in left:
            continue
        left.discard(start)
        members, waiting = [], [start]
        while waiting:
            code = waiting.pop()
            members.append(code)
            near = left & {*into.get(code, ()), *out.get(code, ())}
            left -= near
            waiting += near
        found.append(tuple(sorted(members)))
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def would_close_a_circle(*, infector: str, case: str, links: Iterable[Link]) -> bool:
    """Whether the infector was itself, over any number of links, infected by the case."""
    into: dict[str, list[str]] = defaultdict(list)
    for one in links:
        into[one.case].append(one.infector)
    seen, waiting = set[str](), [infector]
    while waiting:
        code = waiting.pop()
        if code == case:
            return True
        if code not in seen:
            seen.add(code)
            waiting += into.get(code, [])
    return False
