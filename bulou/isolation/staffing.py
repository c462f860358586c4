"""Trained before the first shift (先培训后上岗): who is not, is refused; who was planned otherwise, is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.isolation import rows
from bulou.isolation.models import IsolationSite, Training
from bulou.isolation.rules import names
from bulou.isolation.rules.sites import untrained_topics
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units import actions as units
from bulou.units.models import Post, Shift, Staff


@transaction.atomic
def record_training(*, staff: str, topic: str, by: Actor, at: datetime) -> Training:
    """Somebody passed a topic of the pack; who owed that for a coming shift and has all topics now, owes it no more."""
    person = Staff.objects.filter(number=staff).first()
    if person is None:
        raise rows.missing_record()
    permit(by, Operation.TRAIN_STAFF)
    pack = rows.pack_at(at)
    items = pack.checklist(names.TRAINING)
    if topic not in {item.code for item in items}:
        message = f"the pack has no training topic {topic}"
        raise InputFault(message, column="topic", remedy=f"Topics: {', '.join(item.code for item in items)}.")
    made, fresh = Training.objects.get_or_create(
        staff=person,
        topic=topic,
        trained_at=at,
        defaults={
            "valid_until": at + pack.span("isolation_training_valid"),
            "trained_by": rows.signature(by),
            "unit_code": by.unit,
        },
    )
    if not fresh:
        return made
    recorded = ledger.record(tag=Tag.STAFF_TRAINED, subject=f"staff:{staff}", unit=by.unit, by=by, at=at, data={"topic": topic})
    for site, until_at in _coming(person, at=at):
        if not lacking([person.pk], before=at, until_at=until_at)[person.pk]:
            duties.fulfil_by_fact(
                kind=names.STAFF_TRAINED,
                about=names.training_about(site, staff),
                tag=Tag.STAFF_TRAINED,
                ref=f"entry:{recorded.pk}",
                by=by,
                at=at,
            )
    return made


def _coming(person: Staff, *, at: datetime) -> list[tuple[str, datetime]]:
    """The sites at which somebody has a shift to come, and the end of the last one there."""
    found: dict[str, datetime] = {}
    shifts = Shift.objects.filter(staff=person, ends_at__gt=at, left_at=None).select_related("post")
    for shift in shifts:
        site = site_of(shift.post.unit_id)
        if site:
            found[site] = max(found.get(site, shift.ends_at), shift.ends_at)
    return sorted(found.items())


def lacking(staff: Iterable[int], *, before: datetime, until_at: datetime) -> dict[int, list[str]]:
    """Required topics that each person lacks for a shift from ``before`` until ``until_at``; one statement."""
    asked = list(staff)
    valid: dict[int, dict[str, datetime]] = defaultdict(dict)
    passed = Training.objects.filter(staff__in=asked, trained_at__lte=before).order_by("trained_at")
    for person, topic, ends in passed.values_list("staff_id", "topic", "valid_until"):
        valid[person][topic] = ends
    items = rows.pack_at(before).checklist(names.TRAINING)
    return {person: untrained_topics(items, valid[person], until_at=until_at) for person in asked}


def site_of(unit: str) -> str:
    """The isolation site to which a unit belongs (itself or one above it); empty when it belongs to none."""
    chain = [code for code in codes.chain(unit) if ":" in code]
    known = set(IsolationSite.objects.filter(pk__in=chain).values_list("pk", flat=True)) if chain else set()
    return next((code for code in chain if code in known), "")


@transaction.atomic
def plan_site_shift(*, post: Post, staff: Staff, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime) -> Shift:
    """Plan a shift at a site; ``Refused`` names the topics that the person has not passed by its start."""
    permit(by, Operation.TRAIN_STAFF, post.unit_id)
    topics = lacking([staff.pk], before=starts_at, until_at=ends_at)[staff.pk]
    if topics:
        message = f"{staff.number} is not trained in: {', '.join(topics)}"
        raise Refused(message, code="untrained", remedy="Train before the shift, or send somebody who is.")
    return units.plan_shift(post=post, staff=staff, starts_at=starts_at, ends_at=ends_at, by=by, at=at)


def owe_training(*, post: Post, staff: str, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime) -> None:
    """A shift was planned by another door: at an isolation site, the untrained must be trained before it starts."""
    site = site_of(post.unit_id)
    person = Staff.objects.filter(number=staff).first() if site else None
    if person is None:
        return
    topics = lacking([person.pk], before=starts_at, until_at=ends_at)[person.pk]
    if not topics:
        return
    stands = IsolationSite.objects.get(pk=site)
    open_duty(
        Owed(
            kind=names.STAFF_TRAINED,
            about=names.training_about(site, staff),
            label=f"{stands.name} · {staff}",
            place_code=stands.place_code,
            owners={"explicit": site},
            facts={"starts_at": starts_at},
            why=names.SAID_UNTRAINED % {"topics": ", ".join(topics)},
        ),
        by=by,
        at=at,
    )
