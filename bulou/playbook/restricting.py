"""What a positive, a diagnosis and a contact's grade mean for the register: proposals with their evidence, and their end.

A fact proposes; another unit approves. What no fact asks for any more is lifted by the fact that took it away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bulou.investigation.choices import CaseStatus, ContactStatus, Grade
from bulou.investigation.models import Case, Contact
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook.expected import days, expected, pack_at
from bulou.restrictions import actions as restrictions
from bulou.restrictions import rules
from bulou.restrictions.actions import Demanded
from bulou.restrictions.choices import Kind, Lifting, State
from bulou.restrictions.models import Restriction

_OF_GRADE = {Grade.CLOSE: Kind.ISOLATION, Grade.SECONDARY: Kind.HOME_QUARANTINE}


def _by(entry: Entry) -> Actor:
    return system(unit=entry.unit, door=Door.PLAYBOOK)


def hold_positive(entry: Entry) -> None:
    """A positive of somebody's own sample: a hold until the transfer is proposed, from this instant."""
    if ledger.content(entry).get("repeated"):
        return
    case = _case_of_tube(entry)
    if case is None or _is_restricted(case.person_id, (Kind.HOLD, Kind.ISOLATION), entry.happened_at):
        return
    restrictions.propose_by_fact(
        kind=Kind.HOLD,
        person_id=case.person_id,
        place_code=case.place_code,
        entry=entry,
        reason=rules.SAID_POSITIVE % {"case": case.pk},
        starts_at=entry.happened_at,
        by=_by(entry),
        at=entry.happened_at,
    )


def _case_of_tube(entry: Entry) -> Case | None:
    tube = entry.subject.removeprefix("tube:")
    return Case.objects.filter(tube_id=tube, released_at=None).exclude(status=CaseStatus.EXCLUDED).first()


def _is_restricted(person: str, kinds: Sequence[Kind], at: datetime) -> bool:
    return Restriction.objects.filter(
        person_id=person, kind__in=[kind.value for kind in kinds], state__in=(State.PROPOSED, State.IN_FORCE), ends_at__gt=at
    ).exists()


def isolate_diagnosed(entry: Entry) -> None:
    """Experts confirmed it: isolation is proposed on the laboratory's positive; excluded: nothing holds the person any more."""
    case = Case.objects.get(pk=entry.subject.removeprefix("case:"))
    if ledger.content(entry)["status"] == CaseStatus.EXCLUDED:
        free_unfounded([case.person_id], why=f"{entry.tag} {case.pk} excluded", by=_by(entry), at=entry.happened_at)
        return
    positive = Entry.objects.filter(subject=f"tube:{case.tube_id}", tag=Tag.RESULT_POSITIVE).order_by("id").first()
    if positive is None or _is_restricted(case.person_id, (Kind.ISOLATION,), entry.happened_at):
        return
    restrictions.propose_by_fact(
        kind=Kind.ISOLATION,
        person_id=case.person_id,
        place_code=case.place_code,
        entry=positive,
        reason=rules.SAID_DIAGNOSED % {"status": ledger.content(entry)["status"], "case": case.pk},
        starts_at=case.sampled_at or case.detected_at,
        by=_by(entry),
        at=entry.happened_at,
    )


def free_released(entry: Entry) -> None:
    """A case was released, or contacts ended: who has no other ground is restricted no more."""
    subject, _, code = entry.subject.partition(":")
    named = ledger.content(entry).get("contacts", ())
    if subject == "case" and entry.tag == Tag.CASE_RELEASED:
        people = [Case.objects.get(pk=code).person_id]
    else:
        codes = [str(one) for one in named] if isinstance(named, list) else [code]
        people = list(Contact.objects.filter(pk__in=codes or [code]).values_list("person_id", flat=True))
    free_unfounded(people, why=f"{entry.tag} {entry.subject}", by=_by(entry), at=entry.happened_at)


def free_unfounded(people: Collection[str], *, why: str, by: Actor, at: datetime) -> None:
    """Lift and withdraw what no case and no contact of these people asks for any more."""
    kinds: dict[str, set[Kind]] = {person: set() for person in people}
    for one in expected(at=at, people=people):
        kinds[one.person_id] |= one.kinds
    gone = {person: [kind for kind in Kind if kind not in asked] for person, asked in kinds.items()}
    restrictions.lift_all_by_fact(kinds=gone, reason=why, why=Lifting.NO_GROUND, by=by, at=at)


def restrict_contacts(entry: Entry) -> None:
    """Contacts were graded: isolation for the close, home for the next ring, from the last exposure; others are freed."""
    named = ledger.content(entry)["contacts"]
    found = list(Contact.objects.filter(pk__in=named if isinstance(named, list) else []).order_by("code"))
    by, at, pack = _by(entry), entry.happened_at, pack_at(entry.happened_at)
    free_unfounded({one.person_id for one in found}, why=f"{entry.tag} {entry.subject}", by=by, at=at)
    graded = [one for one in found if one.status == ContactStatus.ACTIVE and Grade(one.grade) in _OF_GRADE]
    grounds = _exposures(graded)
    restrictions.propose_all_by_fact(
        demanded=[
            Demanded(
                kind=_OF_GRADE[Grade(one.grade)],
                person_id=one.person_id,
                place_code=one.place_code,
                entry=grounds[one.pk],
                reason=rules.SAID_CONTACT % {"grade": one.grade, "day": clock.day_of(one.last_exposed_at)},
                starts_at=one.last_exposed_at,
                ends_at=one.last_exposed_at + days(pack, Grade(one.grade)),
            )
            for one in graded
            if one.pk in grounds
        ],
        reason=f"{entry.tag} {entry.subject}",
        by=by,
        at=at,
    )


def _exposures(contacts: Sequence[Contact]) -> dict[str, Entry]:
    """The entry about each contact's person on which a restriction rests: its last exposure, else its listing."""
    codes = {one.pk for one in contacts}
    found = {
        entry.subject.removeprefix("contact:"): entry
        for entry in Entry.objects.filter(subject__in=[f"contact:{code}" for code in codes], tag=Tag.CONTACT_LISTED).order_by(
            "id"
        )
    }
    cases = {f"case:{one.case_id}" for one in contacts}
    told = Entry.objects.filter(subject__in=cases, tag=Tag.EXPOSURE_RECORDED).exclude(commitment="").order_by("id")
    for entry in told:
        named = ledger.content(entry).get("contacts", ())
        for code in codes & {str(one) for one in named} if isinstance(named, list) else ():
            found[code] = entry
    return found
