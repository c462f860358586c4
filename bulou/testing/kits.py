"""Self-test kits to every door (抗原试剂到户) of an antigen round, by its hour: owed by each community, and counted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Substr

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked
from bulou.duties.opening import Owed, existing_owners, open_many
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger.tags import Tag
from bulou.people.models import Resident
from bulou.places.models import Division
from bulou.rounds import rules as rounds
from bulou.rounds.choices import RoundKind, RoundState
from bulou.rounds.models import RosterEntry, TestingRound
from bulou.testing.models import KitDelivery

KITS = "antigen.kits_delivered"


@transaction.atomic
def owe_kits(*, round_code: str, by: Actor, at: datetime) -> int:
    """Owe the kits of an antigen round to each community of its roster, in bulk; returns how many communities owe some.

    Serves the playbook when a round opens. Somebody without a household counts as one.
    """
    row = TestingRound.objects.get(pk=round_code)
    if row.kind != RoundKind.ANTIGEN:
        return 0
    doors = _doors(row)
    owners = existing_owners(list(doors)) if doors else {}
    due = due_of(KITS, at=at, facts={"opens_at": row.opens_at})
    made = KitDelivery.objects.bulk_create(
        KitDelivery(code=f"{row.pk}:{place}", round=row, unit_id=owners[place], place_code=place, households=count, due_at=due)
        for place, count in sorted(doors.items())
    )
    names = dict(Division.objects.filter(code__in=list(doors)).values_list("code", "name"))
    open_many(
        [
            Owed(
                kind=KITS, about=about(one.pk), label=f"{names.get(one.place_code, one.place_code)} · {row.name}",
                place_code=one.place_code, owners={"explicit": one.unit_id}, facts={"opens_at": row.opens_at},
            )
            for one in made
        ],
        by=by, at=at,
    )  # fmt: skip
    return len(made)


def _doors(row: TestingRound) -> dict[str, int]:
    """Households of the roster by community: two statements, whatever the city's size."""
    roster = RosterEntry.objects.filter(round=row).order_by()
    found: dict[str, int] = {}
    listed = Resident.objects.filter(pk__in=roster.values("person_id")).order_by()
    community = Substr("place_code", 1, rounds.COMMUNITY_LENGTH)
    for place, count in (
        listed.exclude(household_id="")
        .annotate(community=community)
        .values_list("community")
        .annotate(n=Count("household_id", distinct=True))
    ):
        found[place] = found.get(place, 0) + count
    for place, count in (
        listed.filter(household_id="").annotate(community=community).values_list("community").annotate(n=Count("pk"))
    ):
        found[place] = found.get(place, 0) + count
    return found


@transaction.atomic
def deliver_kits(*, code: str, households: int, evidence: str, by: Actor, at: datetime) -> KitDelivery:
    """More households have their kits, with the list or photograph that proves it; the last one closes the duty."""
    row = locked(KitDelivery, code)
    permit(by, Operation.RECORD_VISIT, row.unit_id, row.place_code)
    rounds.require_round(TestingRound.objects.get(pk=row.round_id).state, (RoundState.OPEN,), doing="supplied with kits")
    if not evidence.strip():
        message = "name the list or the photograph that proves it"
        raise InputFault(message, column="evidence")
    if households < 1:
        message = "say how many households got theirs"
        raise InputFault(message, column="households")
    if row.delivered + households > row.households:
        message = f"{row.missing} households are without a kit here, not {households}"
        raise Refused(message, remedy="Count again; new households come with the next round's roster.")
    row.delivered += households
    row.evidence = evidence[:200]
    done = row.delivered == row.households
    row.done_at = at if done else None
    row.save(update_fields=("delivered", "evidence", "done_at"))
    commit(
        tag=Tag.KITS_DELIVERED, subject=about(row.pk), unit=row.unit_id, by=by, at=at,
        data={"households": households, "of": row.households, "evidence": row.evidence}, closes=[KITS] if done else [],
    )  # fmt: skip
    return row


def about(code: str) -> str:
    """How ledger and duties name the kits of a community in a round."""
    return f"kits:{code}"
