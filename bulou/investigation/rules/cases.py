"""Pure rules of a case: what may be diagnosed, what a later change means, and what its times are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bulou.investigation.choices import CaseStatus, ChaseStep
from bulou.kernel.errors import InputFault, Refused

CHASED: Final = "case.chased"
DIAGNOSED: Final = "case.diagnosed"
REPORTED: Final = "case.reported"

# From a diagnosis to another one; a preliminary positive is diagnosed, never reclassified.
_RECLASSIFIED: Final = {
    CaseStatus.ASYMPTOMATIC: {CaseStatus.CONFIRMED, CaseStatus.EXCLUDED},
    CaseStatus.CONFIRMED: {CaseStatus.ASYMPTOMATIC, CaseStatus.EXCLUDED},
}


def case_about(code: str) -> str:
    """What a case's duties and ledger entries are about."""
    return f"case:{code}"


def require_diagnosis(*, status: CaseStatus, to: CaseStatus) -> None:
    """A preliminary positive becomes confirmed, asymptomatic or excluded, once."""
    if to is CaseStatus.PRELIMINARY:
        message = "a diagnosis says confirmed, asymptomatic or excluded"
        raise InputFault(message, column="status")
    if status is not CaseStatus.PRELIMINARY:
        message = f"the case is already diagnosed ({status})"
        raise Refused(message, code="diagnosed", remedy="Reclassify it, with a reason.")


def require_reclassified(*, status: CaseStatus, to: CaseStatus, reason: str) -> None:
    """A diagnosis changes into another one, with a reason."""
    if to not in _RECLASSIFIED.get(status, frozenset()):
        message = f"a case that is {status} does not become {to}"
        raise Refused(message, code="case-status", remedy="A preliminary positive is diagnosed first.")
    if not reason.strip():
        message = "a change of diagnosis needs a reason"
        raise InputFault(message, column="reason")


def is_conversion(*, diagnosed_as: CaseStatus, to: CaseStatus, converted_at: datetime | None) -> bool:
    """Whether the change is a conversion (无症状转确诊): counted once, of a case first diagnosed as asymptomatic."""
    return diagnosed_as is CaseStatus.ASYMPTOMATIC and to is CaseStatus.CONFIRMED and converted_at is None


def with_laboratory(known: str, laboratory: str) -> str:
    """The ';'-joined laboratories that reported the positive, each once."""
    names = [name for name in known.split(";") if name]
    return known if not laboratory or laboratory in names else ";".join([*names, laboratory])


def is_chased(done: Iterable[ChaseStep]) -> bool:
    """Whether every step of the chase is done."""
    return set(done) >= set(ChaseStep)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long each part of a case took: sample → result → diagnosed, result → reported; None while it runs."""

    sample_to_result: timedelta | None
    result_to_diagnosed: timedelta | None
    result_to_reported: timedelta | None
    sample_to_reported: timedelta | None


def times(
    *, sampled_at: datetime | None, detected_at: datetime, diagnosed_at: datetime | None, reported_at: datetime | None
) -> Times:  # fmt: skip
    """The spans between a case's instants; without a sample (a line list) those from it are unknown."""
    return Times(
        sample_to_result=detected_at - sampled_at if sampled_at else None,
        result_to_diagnosed=diagnosed_at - detected_at if diagnosed_at else None,
        result_to_reported=reported_at - detected_at if reported_at else None,
        sample_to_reported=reported_at - sampled_at if reported_at and sampled_at else None,
    )
