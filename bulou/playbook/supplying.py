"""A measure that keeps people indoors: the place owes supplies, and reaching every door answers for the food."""

from __future__ import annotations

from bulou.duties import actions as duties
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import LineTag
from bulou.ledger.models import Entry
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.supplies import actions as supplies


def owe_supplies(entry: Entry) -> None:
    """A zone's measure was approved: the communities of the place owe confirmed supplies, the vulnerable first (G5)."""
    if ledger.content(entry)["kind"] != Kind.ZONE_MEASURE:
        return
    row = Restriction.objects.get(pk=entry.subject.removeprefix("restriction:"))
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    supplies.open_by_fact(place_code=row.place_code, because=entry.subject, by=by, at=entry.happened_at)


def end_supplies(entry: Entry) -> None:
    """The measure ended or was lifted: people go out again."""
    supplies.close_by_fact(because=entry.subject, by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)


def food_reached(entry: Entry) -> None:
    """Every household of the place was reached: that is what the measure's counter-duty asked for."""
    because = str(ledger.content(entry)["because"])
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    duties.fulfil_by_fact(
        kind="counter.food", about=because, tag=LineTag.PROVISION_REACHED, ref=entry.subject, by=by, at=entry.happened_at
    )
