"""Drawing closed requests for calling back, what the answers mean, and what a draw of that size would find: pure.

Anybody can repeat a draw with the published seed and SHA-256: within a stratum the requests are put in the order of
``sha256(seed + "|" + ticket)`` and the first ones are taken. No generator of random numbers is involved.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bulou.kernel.errors import InputFault

Z = 1.959964  # two-sided 95 %


@dataclass(frozen=True, slots=True)
class Unit:
    """A closed request in the frame: its number and its stratum; ``sure`` ones are drawn before others."""

    ticket: str
    stratum: str
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn request, and how many of the frame it stands for."""

    ticket: str
    stratum: str
    weight: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its interval; all three between 0 and 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Part:
    """A stratum as the power calculation sees it: closed in it, drawn from it, closed in it without acting."""

    closed: int
    drawn: int
    false: int


def frame_digest(frame: Iterable[Unit]) -> str:
    """One digest of who could be drawn, so that nobody can say later that the frame was another."""
    lines = sorted(f"{one.ticket}|{one.stratum}|{int(one.sure)}" for one in frame)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _order(seed: str, ticket: str) -> str:
    return hashlib.sha256(f"{seed}|{ticket}".encode()).hexdigest()


def allocate(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """How many to draw from each stratum: one each, the larger first, as far as it goes; the rest by largest remainder."""
    total = min(total, sum(sizes.values()))
    by_size = sorted(sizes, key=lambda name: (-sizes[name], name))
    found = dict.fromkeys(sizes, 0)
    for name in by_size[:total]:
        found[name] = 1
    left = total - sum(found.values())
    room = {name: sizes[name] - found[name] for name in sizes}
    if left <= 0:
        return found
    whole = sum(room.values())
    shares = {name: left * room[name] / whole for name in sizes}
    for name in sizes:
        found[name] += math.floor(shares[name])
    rest = left - sum(math.floor(share) for share in shares.values())
    for name in sorted(sizes, key=lambda one: (math.floor(shares[one]) - shares[one], one))[:rest]:
        found[name] += 1
    return found


def draw(frame: Sequence[Unit], *, seed: str, size: int) -> list[Drawn]:
    """The drawn requests in the order of calling; the same frame and seed give the same draw.

    The sure ones (closed late, or disputed before) are drawn first, up to half of the size; the others by stratum.
    """
    if not seed.strip():
        message = "a draw needs its published seed"
        raise InputFault(message, column="seed")
    if size < 1:
        message = "draw at least one"
        raise InputFault(message, column="size")
    sure = [one for one in frame if one.sure]
    others = [one for one in frame if not one.sure]
    first = min(len(sure), max(size // 2, size - len(others)))
    found = _of("sure", sure, first, seed)
    strata: dict[str, list[Unit]] = {}
    for one in others:
        strata.setdefault(one.stratum, []).append(one)
    counts = allocate({name: len(rows) for name, rows in strata.items()}, size - first)
    for name, rows in strata.items():
        found += _of(name, rows, counts[name], seed)
    return sorted(found, key=lambda one: _order(seed, one.ticket))


def _of(stratum: str, rows: Sequence[Unit], count: int, seed: str) -> list[Drawn]:
    chosen = sorted(rows, key=lambda one: _order(seed, one.ticket))[:count]
    return [Drawn(one.ticket, stratum, len(rows) / count) for one in chosen]


def estimate(answers: Sequence[tuple[float, bool]]) -> Estimate | None:
    """The share of yes among who answered, each with its weight; None when nobody did.

    Wilson's interval at 95 % with Kish's effective size (Σw)²/Σw². It takes no credit for strata and for a finite frame,
    so it is rather too wide than too narrow; it says nothing of who was not reached.
    """
    if not answers:
        return None
    total = sum(weight for weight, _ in answers)
    share = sum(weight for weight, yes in answers if yes) / total
    size = total**2 / sum(weight**2 for weight, _ in answers)
    base = 1 + Z**2 / size
    middle = (share + Z**2 / (2 * size)) / base
    half = Z * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2)) / base
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def exposure(parts: Iterable[Part], *, reached: float) -> float:
    """The chance that a draw exposes at least one request that was closed without acting.

    Hypergeometric in each stratum, strata independent; a drawn one exposes with the chance ``reached`` (somebody answers and
    says it). The chance of a unit is that of its own requests: give its false ones in each stratum, and the strata whole.
    """
    hidden = 1.0
    for part in parts:
        hidden *= _hidden(part, reached)
    return 1.0 - hidden


def _hidden(part: Part, reached: float) -> float:
    """The chance that none of a stratum's false ones is exposed: E[(1-reached)^k], k of them being drawn."""
    if not 0 <= part.false <= part.closed or not 0 <= part.drawn <= part.closed:
        message = f"a stratum of {part.closed} cannot have {part.drawn} drawn and {part.false} false"
        raise InputFault(message)
    ways = math.comb(part.closed, part.drawn)
    top = min(part.false, part.drawn)
    return sum(
        math.comb(part.false, k) * math.comb(part.closed - part.false, part.drawn - k) / ways * (1 - reached) ** k
        for k in range(top + 1)
    )


def smallest_exposed(parts: Sequence[tuple[int, int]], *, reached: float, chance: float) -> float | None:
    """The smallest share of false closings, alike in every stratum, that a draw exposes with at least this chance.

    ``parts`` are (closed, drawn). A stratum's number is rounded down, so the answer is on the safe side. None when even a
    unit that acts never would stay hidden too often.
    """
    for percent in range(1, 101):
        found = (Part(closed, drawn, closed * percent // 100) for closed, drawn in parts)
        if exposure(found, reached=reached) >= chance:
            return percent / 100
    return None
