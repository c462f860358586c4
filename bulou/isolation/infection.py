"""An infection that may have happened inside (点内感染): found by its tests and neighbours, reviewed by another unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.isolation import rows
from bulou.isolation.choices import Cause, LinkKind, RiskClass, SampleOutcome
from bulou.isolation.models import GuestTest, InfectionReview, IsolationSite, ReviewLink, Room, Stay
from bulou.isolation.rules import names
from bulou.isolation.rules.infection import Link, Lodging, Turned, is_suspicious, links, turned_positive
from bulou.isolation.rules.sites import require_reason
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units.models import Shift


def look_for_infection(stay: Stay, *, by: Actor, at: datetime) -> InfectionReview | None:
    """After a positive: was the guest negative at entry, and is somebody infected near? Then a review is owed.

    Nobody near and infected: it is a conversion like others, and nobody is bothered.
    """
    if InfectionReview.objects.filter(stay=stay).exists() or stay.admitted_at is None:
        return None
    pack = rows.pack_at(at)
    answered = GuestTest.objects.filter(stay__person_id=stay.person_id).exclude(outcome="")
    samples = [
        (taken, SampleOutcome(outcome)) for taken, outcome in answered.values_list("sampled_at", "outcome") if taken is not None
    ]
    turned = turned_positive(samples, admitted_at=stay.admitted_at, entry=pack.span("isolation_entry_negative"))
    if turned is None:
        return None
    found = _links(stay, turned, window=pack.span("isolation_infected_window"))
    if not is_suspicious(found):
        return None
    return _open_review(stay, turned, found, by=by, at=at)


def _links(stay: Stay, turned: Turned, *, window: timedelta) -> list[Link]:
    """Who lay near while both were there, by which bus both came, and whether they were infected by then."""
    nearby = (
        Stay.objects.filter(
            Q(site_code=stay.site_code) | (Q(trip=stay.trip) & ~Q(trip="")), admitted_at__lte=turned.positive_at
        )
        .filter(Q(ended_at=None) | Q(ended_at__gte=stay.admitted_at))
        .exclude(person_id=stay.person_id)
        .select_related("room")
    )
    others = list(nearby.order_by("code"))
    since = turned.positive_at - window
    tested = GuestTest.objects.filter(
        stay__in=others, outcome=SampleOutcome.POSITIVE, sampled_at__gte=since, sampled_at__lte=turned.positive_at
    )
    infected = set(tested.values_list("stay__person_id", flat=True))
    people = [one.person_id for one in others]
    cases = Case.objects.filter(person_id__in=people, sampled_at__lte=turned.positive_at).exclude(status=CaseStatus.EXCLUDED)
    infected |= set(cases.filter(Q(released_at=None) | Q(released_at__gte=since)).values_list("person_id", flat=True))
    lodgings = [_lodging(one, infected) for one in others]
    floor = Room.objects.filter(site=stay.site_code, floor=stay.room.floor).order_by("room_id")
    return links(_lodging(stay, infected), lodgings, rooms_of_floor=list(floor.values_list("room_id", flat=True)))


def _lodging(stay: Stay, infected: set[str]) -> Lodging:
    room = stay.room
    return Lodging(
        stay=stay.pk,
        room_id=room.pk,
        floor=room.floor,
        air=f"{room.site_id} {room.air}" if room.air else "",
        trip=stay.trip,
        infected=stay.person_id in infected or stay.risk_class == RiskClass.CASE,
    )


def _open_review(stay: Stay, turned: Turned, found: list[Link], *, by: Actor, at: datetime) -> InfectionReview:
    site = IsolationSite.objects.get(pk=stay.site_code)
    row = InfectionReview.objects.create(
        code=public_id("IR", at),
        stay=stay,
        site_code=stay.site_code,
        opened_at=at,
        negative_at=turned.negative_at,
        positive_at=turned.positive_at,
        day=max((clock.day_of(turned.positive_at) - clock.day_of(stay.clock_from)).days, 0),
    )
    rows_ = [
        ReviewLink(
            review=row, kind=one.kind.value, subject=names.stay_about(one.stay), detail=one.detail[:120], infected=one.infected
        )
        for one in found
    ]
    ReviewLink.objects.bulk_create([*rows_, *_staff(stay, row, turned)])
    near = sum(one.infected for one in found)
    ledger.record(
        tag=Tag.INFECTION_INSIDE,
        subject=names.review_about(row.pk),
        unit=stay.site_code,
        by=by,
        at=at,
        data={"stay": stay.pk, "negative_at": turned.negative_at, "positive_at": turned.positive_at, "infected_links": near},
    )
    label = rows.labels([stay.person_id])[stay.person_id]
    open_duty(
        Owed(
            kind=names.INFECTION_REVIEWED,
            about=names.review_about(row.pk),
            label=f"{site.name} {stay.room_id} · {label}",
            place_code=site.place_code,
            facts={"positive_at": turned.positive_at},
            why=names.SAID_INSIDE % {"day": row.day, "near": near},
        ),
        by=by,
        at=at,
    )
    return row


def _staff(stay: Stay, row: InfectionReview, turned: Turned) -> list[ReviewLink]:
    """Who worked at the site between the guest's entry and the positive; each once, with how many shifts."""
    low, high = codes.below(stay.site_code)
    shifts = Shift.objects.filter(
        post__unit__gte=low, post__unit__lt=high, starts_at__lte=turned.positive_at, ends_at__gte=stay.admitted_at
    )
    worked: dict[str, int] = {}
    for number in shifts.order_by("staff__number").values_list("staff__number", flat=True):
        worked[number] = worked.get(number, 0) + 1
    return [
        ReviewLink(review=row, kind=LinkKind.STAFF.value, subject=f"staff:{number}", detail=f"{count} shifts")
        for number, count in worked.items()
    ]


@transaction.atomic
def conclude_review(*, review: str, cause: Cause, conclusion: str, by: Actor, at: datetime) -> InfectionReview:
    """A unit above the site says how it came about and what changes (调查结论)."""
    row = InfectionReview.objects.select_for_update().filter(pk=review).first()
    if row is None:
        raise rows.missing_record()
    permit(by, Operation.REVIEW_INFECTION, row.site_code)
    require_reason(conclusion)
    if by.unit == row.site_code:
        message = "a site does not review itself"
        raise Refused(message, code="own-site", remedy="A unit above it reviews.")
    if row.concluded_at is not None:
        message = "the review is concluded"
        raise Refused(message, code="concluded")
    row.cause, row.conclusion = cause.value, conclusion[:300]
    row.concluded_at, row.concluded_by = at, rows.signature(by)
    row.save(update_fields=("cause", "conclusion", "concluded_at", "concluded_by"))
    recorded = ledger.record(
        tag=Tag.INFECTION_CONCLUDED,
        subject=names.review_about(row.pk),
        unit=row.site_code,
        by=by,
        at=at,
        data={"cause": cause, "conclusion": conclusion},
    )
    duties.fulfil_by_fact(
        kind=names.INFECTION_REVIEWED,
        about=names.review_about(row.pk),
        tag=Tag.INFECTION_CONCLUDED,
        ref=f"{cause} entry:{recorded.pk}",
        by=by,
        at=at,
    )
    return row
