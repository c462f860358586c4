"""A consequence that could not be carried out: the fact stays, somebody owes the consequence, and can run it again."""

from __future__ import annotations

from bulou.duties.opening import Owed, open_duty
from bulou.kernel import codes
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.restrictions.actions import sound

REPAIRED = "consequence.repaired"


def about(entry: Entry, step: str) -> str:
    """What a repair is about: one step of one entry."""
    return f"entry:{entry.pk}/{step}"[:96]


def on_failure(entry: Entry, step: str, problem: Exception) -> None:
    """Keep the fact, name the step and the error, and open the city's duty to carry it out."""
    sound(problem)  # a stopped restriction alarms, though the step that asked for it is rolled back
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    place = codes.territory(entry.unit)
    city = codes.up_to(place, codes.Level.CITY) if codes.is_place(place) else ""
    error = f"{type(problem).__name__}: {problem}"
    open_duty(
        Owed(
            kind=REPAIRED,
            about=about(entry, step),
            label=f"{entry.tag} {entry.subject} · {step}",
            place_code=place if codes.is_place(place) else "",
            owners={"explicit": city or entry.unit},
            facts={"failed_at": entry.recorded_at},
            why=error,
        ),
        by=by,
        at=entry.recorded_at,
    )
    ledger.record(
        tag=Tag.STEP_FAILED,
        subject=about(entry, step),
        unit=entry.unit,
        by=by,
        at=entry.recorded_at,
        data={"tag": entry.tag, "step": step, "error": error[:300]},
    )
