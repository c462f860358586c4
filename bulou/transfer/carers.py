"""Nobody who depends on a carer is left behind without a named one (G24): asked before a plan, and when it is committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from bulou.duties.opening import Owed, open_many
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.people.models import Resident
from bulou.transfer import rows, rules
from bulou.transfer.choices import RequestState
from bulou.transfer.models import NamedCarer, TransferRequest

_AWAY = (RequestState.BOARDED, RequestState.ARRIVED, RequestState.RECEIVED)
_CHUNK = 5_000  # ids of one statement: SQLite takes 32,766 values


def left_alone(moving: Iterable[TransferRequest], *, at: datetime) -> list[rules.LeftAlone]:
    """Who would stay without a carer if these were moved; a few statements whatever their number."""
    going = {row.person_id for row in moving}
    depends_by = set(rules.words(str(rows.pack_at(at).number("depends_on_carer").value)))
    houses: set[str] = set()
    for part in _parts(going):
        houses |= set(Resident.objects.filter(pk__in=part).exclude(household_id="").values_list("household_id", flat=True))
    found: dict[str, Resident] = {}
    for part in _parts(houses):
        found |= {one.pk: one for one in Resident.objects.filter(household_id__in=part, left_on=None)}
    for part in _parts(going):
        found |= {one.pk: one for one in Resident.objects.filter(Q(guardian_id__in=part), left_on=None)}
    members = [
        rules.Member(
            one.pk,
            one.household_id,
            depends=bool(one.guardian_id) or bool(depends_by & set(rules.words(one.vulnerable))),
            guardian_id=one.guardian_id,
        )
        for one in found.values()
    ]
    known = set(found) | going
    away: set[str] = set()
    named: set[str] = set()
    for part in _parts(known):
        taken = TransferRequest.objects.filter(person_id__in=part, state__in=_AWAY)
        away |= set(taken.values_list("person_id", flat=True))
        carers = NamedCarer.objects.filter(person_id__in=part, until_at=None).values_list("person_id", "carer_id")
        named |= {person for person, carer in carers if carer not in going}  # a carer who is moved too cares for nobody
    return rules.left_alone(members, moving=going, away=away - going, named=named)


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(ids)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))


def require_carers(moving: Sequence[TransferRequest], *, at: datetime) -> None:
    """``Refused`` when somebody would be left without a carer."""
    alone = left_alone(moving, at=at)
    if alone:
        some = ", ".join(sorted({one.person_id for one in alone})[:5])
        message = f"{len(alone)} who depend on a carer would be left behind without one: {some}"
        raise Refused(message, code="left-without-carer", remedy="Name a carer for each, or move them together.")


def owe_carers(alone: Sequence[rules.LeftAlone], *, by: Actor, at: datetime) -> None:
    """The community owes a named carer for each; said once however often it is found."""
    stays = dict(Resident.objects.filter(pk__in=[one.person_id for one in alone]).values_list("person_id", "place_code"))
    owed = [
        Owed(
            kind=rules.CARER_NAMED,
            about=f"carer:{one.person_id}",
            label=one.person_id,
            place_code=stays[one.person_id],
            why=rules.SAID_CARER % {"person": one.person_id},
        )
        for one in alone
        if one.person_id in stays
    ]
    opened = open_many(owed, by=by, at=at)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.CARER_MISSING,
            subject=duty.about,
            unit=duty.place_code,
            by=by,
            at=at,
            data={"duty": duty.pk},
        )
        for duty in opened
        if duty.opened_at == at
    )
