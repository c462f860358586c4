"""A contact comes into a site's care, is seen there, and leaves it: what the contact owes goes with the person."""

from __future__ import annotations

from bulou.investigation import keeping
from bulou.investigation.choices import ContactStatus
from bulou.investigation.models import Contact
from bulou.isolation.models import GuestCheck, Stay
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag


def _by(entry: Entry) -> Actor:
    return system(unit=entry.unit, door=Door.PLAYBOOK)


def guest_kept(entry: Entry) -> None:
    """Admitted, or moved to another room: the site that has the person owes the contact's tests and checks."""
    code = entry.subject.removeprefix("stay:")
    if entry.tag == Tag.GUEST_MOVED:
        code = str(ledger.content(entry)["stay"])
    stay = Stay.objects.get(pk=code)
    elsewhere = Contact.objects.filter(person_id=stay.person_id, status=ContactStatus.ACTIVE).exclude(kept_by=stay.site_code)
    if stay.admitted_at is None or not elsewhere.exists():
        return
    keeping.placed_by_fact(people={stay.person_id: stay.site_code}, ref=f"stay:{stay.pk}", by=_by(entry), at=entry.happened_at)


def guest_gone(entry: Entry) -> None:
    """Released or left: what is still owed for the contact returns to the community."""
    stay = Stay.objects.get(pk=entry.subject.removeprefix("stay:"))
    keeping.left_by_fact(people=[stay.person_id], ref=f"{entry.tag} {entry.subject}", by=_by(entry), at=entry.happened_at)


def guests_seen(entry: Entry) -> None:
    """A round of temperatures: the day's check of each contact among the guests is done."""
    looked = GuestCheck.objects.filter(site_code=entry.unit, checked_at=entry.happened_at).select_related("stay")
    people = {one.stay.person_id: one.on for one in looked}
    for day in sorted(set(people.values())):
        seen = [person for person, on in people.items() if on == day]
        keeping.checked_by_fact(people=seen, day=day, ref=f"entry:{entry.pk}", by=_by(entry), at=entry.happened_at)
