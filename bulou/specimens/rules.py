"""Pure rules of the specimen chain: what a scan may say, what two counts tell, what a result means."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bulou.kernel.errors import BulouError, Conflict, InputFault
from bulou.specimens.choices import Discrepancy, Outcome

SEALED: Final = "specimen.sealed"
DELIVERED: Final = "specimen.delivered"
LABORATORY_ASSIGNED: Final = "specimen.laboratory_assigned"
TESTED: Final = "specimen.tested"
REROUTED: Final = "specimen.rerouted"
RECONCILED: Final = "specimen.count_reconciled"
RESAMPLED: Final = "specimen.resampled"
MATCHED: Final = "result.matched"
CONFLICT_SETTLED: Final = "result.conflict_settled"
RETESTED: Final = "result.recalled_retested"
LATE_REVIEWED: Final = "result.late_reviewed"
SCAN_REVIEWED: Final = "scan.reviewed"

# What stands in a duty's "why", in English as it is stored; ``wording`` gives it in the reader's language.
SAID_COUNTS: Final = "%(counted)s tubes counted, %(expected)s expected"
SAID_SEALS: Final = "seal %(read)s read, %(expected)s expected"
SAID_SWAPPED: Final = "box %(presented)s came instead"
SAID_MISSING: Final = "it did not arrive with the others"
SAID_LABORATORY_FULL: Final = "%(laboratory)s has said that it is full: %(reason)s"
SAID_POOL: Final = "the pool %(tube)s is abnormal"
SAID_UNCLEAR: Final = "the result of %(tube)s is %(outcome)s"
SAID_LATE: Final = "%(outcome)s by %(laboratory)s, sampled before the release"

BATCH_MAX: Final = 500  # CONTRACT, POST /api/v1/tubes/batch
ID_MAX: Final = 40  # characters of a tube's, box's, person's or seal's identifier
# A device's clock may run ahead by this much before its instant counts as a mistake; operational, no document.
CLOCK_SKEW: Final = timedelta(minutes=10)


def tube_about(tube_id: str) -> str:
    """How duties and ledger entries name a tube."""
    return f"tube:{tube_id}"


def box_about(box_id: str) -> str:
    """How duties and ledger entries name a box."""
    return f"box:{box_id}"


def person_about(person_id: str) -> str:
    """How a duty to sample somebody again names the person; several abnormal pools are one new sample."""
    return f"person:{person_id}"


def run_about(laboratory: str, run_id: str) -> str:
    """How a recalled run of a laboratory is named."""
    return f"run:{laboratory}/{run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeScan:
    """What a site's device says of one tube; ``people`` are person ids, 1 to the round's pool size of them."""

    tube_id: str
    site_id: str
    collected_at: datetime
    people: tuple[str, ...]


def identifier_fault(text: str, *, column: str) -> InputFault | None:
    """Why a text cannot be an identifier; None when it can. Identifiers are compared exactly, as they come."""
    if not text or text != text.strip() or len(text) > ID_MAX or not text.isprintable():
        message = f"{text!r} is not an identifier"
        return InputFault(message, column=column, remedy=f"1 to {ID_MAX} printable characters, without blanks at either end.")
    return None


def scan_fault(scan: TubeScan, *, at: datetime) -> InputFault | None:
    """The first thing that is wrong with a scan by itself; None when nothing is."""
    fault = identifier_fault(scan.tube_id, column="tube_id")
    if fault is None and scan.collected_at.tzinfo is None:
        message = "an instant needs a zone"
        fault = InputFault(message, column="collected_at", remedy="Write 2022-09-20T08:00:00+08:00.")
    if fault is None and scan.collected_at > at + CLOCK_SKEW:
        message = f"{scan.collected_at.isoformat()} lies in the future"
        fault = InputFault(message, column="collected_at", remedy="Set the device's clock.")
    if fault is None and not scan.people:
        message = "a tube has at least one person in it"
        fault = InputFault(message, column="people")
    if fault is None and len(set(scan.people)) != len(scan.people):
        twice = next(one for place, one in enumerate(scan.people) if one in scan.people[:place])
        message = f"{twice} is in the tube twice"
        fault = InputFault(message, column="people", remedy="Scan each person once.")
    return fault or next(filter(None, (identifier_fault(one, column="people") for one in scan.people)), None)


def pool_fault(scan: TubeScan, *, pool_size: int) -> InputFault | None:
    """Whether more people are in the tube than the round's pools hold."""
    if len(scan.people) <= pool_size:
        return None
    message = f"{len(scan.people)} people in a tube; this round takes at most {pool_size}"
    return InputFault(message, column="people", remedy="Use another tube.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteWindow:
    """When a site took samples: from its opening to its closing, without an end while it is open."""

    opened_at: datetime | None
    closed_at: datetime | None


def window_fault(scan: TubeScan, *, window: SiteWindow) -> InputFault | None:
    """Whether the tube was collected while the site was open; it may arrive later, from a device without network."""
    early = window.opened_at is None or scan.collected_at < window.opened_at - CLOCK_SKEW
    late = window.closed_at is not None and scan.collected_at > window.closed_at + CLOCK_SKEW
    if not early and not late:
        return None
    message = f"the site was not open at {scan.collected_at.isoformat()}"
    return InputFault(message, column="collected_at", code="site-closed", remedy="Open the site, or correct the instant.")


def tube_differences(scan: TubeScan, *, site_id: str, collected_at: datetime, people: Collection[str]) -> list[str]:
    """What differs between a scan and the tube already registered, in words that tell nothing of foreign people."""
    found = []
    if scan.site_id != site_id:
        found.append("site_id")
    if scan.collected_at != collected_at:
        found.append("collected_at")
    sent, known = set(scan.people), set(people)
    if sent != known:
        found.append(f"people ({len(sent - known)} of {len(sent)} are not in it, {len(known - sent)} are missing)")
    return found


def tube_conflict(scan: TubeScan, differences: Iterable[str]) -> Conflict:
    """The answer to a tube that arrives again with other content."""
    message = f"the tube {scan.tube_id} is registered with another {', '.join(differences)}"
    return Conflict(message, column="tube_id", remedy="Void the wrong scan, or use another tube.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one side read off a box: its number, the seal, how many tubes."""

    box_id: str
    seal: str
    count: int


def discrepancies(
    *, expected: Counted, read: Counted, due_at: datetime | None = None, at: datetime | None = None
) -> tuple[Discrepancy, ...]:
    """What does not agree between what is recorded and what was read, gravest first; of a swapped box only that."""
    if read.box_id != expected.box_id:
        return (Discrepancy.SWAPPED,)
    found = []
    if read.seal != expected.seal:
        found.append(Discrepancy.SEAL)
    if read.count != expected.count:
        found.append(Discrepancy.SHORT if read.count < expected.count else Discrepancy.OVER)
    if due_at is not None and at is not None and at > due_at:
        found.append(Discrepancy.LATE)
    return tuple(found)


def said_differs(found: Collection[Discrepancy], *, expected: Counted, read: Counted) -> str:
    """What does not agree, in words, always with both numbers."""
    said = [SAID_MISSING] if Discrepancy.LOST in found else []
    said += [SAID_SWAPPED % {"presented": read.box_id}] if Discrepancy.SWAPPED in found else []
    said += [SAID_SEALS % {"read": read.seal, "expected": expected.seal}] if Discrepancy.SEAL in found else []
    return "; ".join([*said, SAID_COUNTS % {"counted": read.count, "expected": expected.count}])


def to_reconcile(found: Iterable[Discrepancy]) -> bool:
    """Whether somebody must find out; a late box is late by its own clock, which has told already."""
    return any(one is not Discrepancy.LATE for one in found)


DECISIVE: Final = frozenset({Outcome.NEGATIVE, Outcome.POSITIVE})


def conflicts(outcome: Outcome, earlier: Sequence[Outcome]) -> bool:
    """Whether a result contradicts one that still stands: negative against positive."""
    return outcome in DECISIVE and any(one in DECISIVE and one is not outcome for one in earlier)


def standing(outcome: Outcome, earlier: Sequence[Outcome]) -> Outcome:
    """The outcome that a tube stands with: a positive until it is settled, else what is clear before what is not."""
    everything = [*earlier, outcome]
    if Outcome.POSITIVE in everything:
        return Outcome.POSITIVE
    return Outcome.NEGATIVE if Outcome.NEGATIVE in everything else outcome


def result_fault(*, tube_id: str, run_id: str, tested_at: datetime, reported_at: datetime, at: datetime) -> BulouError | None:
    """The first thing that is wrong with a result by itself; None when nothing is."""
    fault = identifier_fault(tube_id, column="tube_id")
    if fault is None and run_id:
        fault = identifier_fault(run_id, column="run_id")
    if fault is None and (tested_at.tzinfo is None or reported_at.tzinfo is None):
        message = "an instant needs a zone"
        fault = InputFault(message, column="reported_at")
    if fault is None and reported_at < tested_at:
        message = "a result is reported after it was tested"
        fault = InputFault(message, column="reported_at")
    if fault is None and reported_at > at + CLOCK_SKEW:
        message = f"{reported_at.isoformat()} lies in the future"
        fault = InputFault(message, column="reported_at", remedy="Set the clock of the laboratory's system.")
    return fault
