"""What contacts owe, kept as rows: the expected set is computed from facts, the open duties are made equal to it.

Called after every change of a fact. What stands is left alone, what is missing is opened, what nobody owes any more is
superseded, what moved is re-clocked; so calling it twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction

from bulou.duties import rows, sets
from bulou.duties.choices import DutyState, TenureHow
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many, owner_of
from bulou.investigation.choices import ContactStatus, Grade
from bulou.investigation.models import Contact, ContactDuty
from bulou.investigation.rules import owed as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.tags import Tag

Key = tuple[str, str]  # kind, about
CARED = (rules.TESTED, rules.CHECKED)  # owed by whoever has the person in care


@transaction.atomic
def derive(people: Collection[str], *, because: str, by: Actor, at: datetime) -> None:
    """Make what is owed for these people equal to what their contacts that stand ask for.

    ``because`` names the fact for duties that fall away. Statements grow with what changes, not with people.
    """
    if not people:
        return
    pack = rows.pack_now(clock.day_of(at))
    standing = _standing(people)
    wanted = {
        (one.kind, rules.about(person, one)): (person, one)
        for person, contacts in standing.items()
        for one in rules.expected([_value(contact) for contact in contacts], rules.measures(pack))
    }
    open_now, done = _owed(people, standing)
    leads = {person: _lead(contacts) for person, contacts in standing.items()}
    gone = [duty.pk for key, duty in open_now.items() if key not in wanted]
    sets.supersede_many(duty_ids=gone, successor=because[:300], by=by, at=at)
    fresh = [key for key in wanted if key not in open_now and key not in done]
    _open([(leads[wanted[key][0]], key, wanted[key][1]) for key in fresh], by=by, at=at)
    kept = {key: wanted[key] for key in wanted if key in open_now}
    _move(kept, open_now, by=by, at=at)
    _explain(kept, open_now, leads)


def _standing(people: Collection[str]) -> dict[str, list[Contact]]:
    """The contacts that stand, by person; locked, so that two facts about one person take turns."""
    found: dict[str, list[Contact]] = defaultdict(list)
    for contact in (
        Contact.objects.select_for_update(of=("self",))
        .filter(person_id__in=list(people), status=ContactStatus.ACTIVE)
        .order_by("code")
    ):
        found[contact.person_id].append(contact)
    return found


def _value(contact: Contact) -> rules.Standing:
    return rules.Standing(
        grade=Grade(contact.grade),
        last_exposed_at=contact.last_exposed_at,
        listed_at=contact.listed_at,
        graded_at=contact.graded_at,
        key=contact.pk,
    )


def _lead(contacts: Sequence[Contact]) -> Contact:
    chosen = rules.leading(_value(one) for one in contacts)
    return next(one for one in contacts if chosen is not None and one.pk == chosen.key)


def _owed(people: Collection[str], standing: dict[str, list[Contact]]) -> tuple[dict[Key, Duty], set[Key]]:
    """The open duties of these people, and those that were answered since the person was listed."""
    open_now: dict[Key, Duty] = {}
    done: set[Key] = set()
    for row in ContactDuty.objects.filter(person_id__in=list(people)).select_related("duty"):
        duty = row.duty
        if duty.state == DutyState.OPEN:
            open_now[duty.kind, duty.about] = duty
        elif duty.state != DutyState.SUPERSEDED and row.person_id in standing:
            since = min(one.listed_at for one in standing[row.person_id])
            if duty.closed_at is not None and duty.closed_at >= since:
                done.add((duty.kind, duty.about))
    return open_now, done


def _open(fresh: Sequence[tuple[Contact, Key, rules.Expected]], *, by: Actor, at: datetime) -> None:
    made = open_many(
        [
            Owed(
                kind=kind,
                about=about,
                label=_label(contact, one.day),
                place_code=contact.place_code,
                owners=_owners(contact, kind),
                facts=one.facts,
                why=one.because,
            )
            for contact, (kind, about), one in fresh
        ],
        by=by,
        at=at,
    )
    ContactDuty.objects.bulk_create(
        ContactDuty(duty=duty, person_id=contact.person_id, contact=contact, because=one.because[:300], rule=one.rule[:300])
        for duty, (contact, _, one) in zip(made, fresh, strict=True)
    )


def _label(contact: Contact, day: date | None) -> str:
    return f"{contact.pk} · {day.isoformat()}" if day else contact.pk


def _owners(contact: Contact, kind: str) -> dict[str, str]:
    return {"explicit": contact.kept_by} if contact.kept_by and kind in CARED else {}


def _move(
    kept: dict[Key, tuple[str, rules.Expected]], open_now: dict[Key, Duty], *, by: Actor, at: datetime
) -> None:  # fmt: skip
    """Re-clock what is still owed at another time."""
    moved = {}
    for key, (_, one) in kept.items():
        facts = {name: instant.isoformat() for name, instant in one.facts.items()}
        if any(open_now[key].facts.get(name) != text for name, text in facts.items()):
            moved[open_now[key].pk] = one.facts
    if moved:
        sets.reclock_many(facts=moved, by=by, at=at)


def _explain(
    kept: dict[Key, tuple[str, rules.Expected]], open_now: dict[Key, Duty], leads: dict[str, Contact]
) -> None:  # fmt: skip
    """Where the reason of a duty that stands has changed, say the new one."""
    ids = {open_now[key].pk: (leads[person], one) for key, (person, one) in kept.items()}
    changed = []
    for row in ContactDuty.objects.filter(pk__in=list(ids)).select_related("duty"):
        contact, one = ids[row.pk]
        if (row.because, row.rule, row.contact_id) != (one.because[:300], one.rule[:300], contact.pk):
            if row.duty.why == row.because:  # what somebody wrote by hand stays
                Duty.objects.filter(pk=row.pk).update(why=one.because[:300])
            row.because, row.rule, row.contact = one.because[:300], one.rule[:300], contact
            changed.append(row)
    ContactDuty.objects.bulk_update(changed, ["because", "rule", "contact"], batch_size=200)


@transaction.atomic
def pass_care(people: Collection[str], *, by: Actor, at: datetime) -> None:
    """Tests and checks go with the person: to the isolation site that keeps it, and home again."""
    pack = rows.pack_now(clock.day_of(at))
    leads = {person: _lead(contacts) for person, contacts in _standing(people).items()}
    owners = {}
    for row in ContactDuty.objects.filter(
        person_id__in=list(leads), duty__state=DutyState.OPEN, duty__kind__in=CARED
    ).select_related("duty"):
        contact, kind = leads[row.person_id], row.duty.kind
        asked = Owed(kind=kind, about="", label="", place_code=contact.place_code, owners=_owners(contact, kind))
        owners[row.pk] = owner_of(pack.duty(kind), asked)
    sets.pass_many(owners=owners, how=TenureHow.HANDED_OVER, by=by, at=at)


@transaction.atomic
def released(person_id: str, *, ref: str, by: Actor, at: datetime) -> None:
    """The person is told that it is free: the duty to say so is fulfilled."""
    open_ids = ContactDuty.objects.filter(
        person_id=person_id, duty__state=DutyState.OPEN, duty__kind=rules.RELEASED
    ).values_list("pk", flat=True)  # fmt: skip
    sets.fulfil_many(duty_ids=list(open_ids), tag=Tag.CONTACT_ENDED, ref=ref, by=by, at=at)
