"""What a guest asks for and gets: needs with a clock, meals, temperature, samples and their results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_many
from bulou.isolation import rows
from bulou.isolation.choices import NeedKind, SampleOutcome, StayState
from bulou.isolation.infection import look_for_infection
from bulou.isolation.models import LIVE, GuestCheck, GuestNeed, GuestTest, IsolationSite, MealService, Stay
from bulou.isolation.rules import names
from bulou.isolation.rules.stays import require_stay
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

_CELSIUS = (30.0, 45.0)  # what a thermometer can mean; the column's check says the same
MEALS = ("breakfast", "lunch", "supper")


@transaction.atomic
def ask_need(*, stay: str, kind: NeedKind, text: str, by: Actor, at: datetime, asked_by: str = "") -> GuestNeed:
    """Write down what a guest asks for (诉求); its kind's clock runs from now."""
    row = rows.locked_stay(stay)
    permit(by, Operation.CARE_FOR_GUEST, row.site_code)
    require_stay(StayState(row.state), (StayState.AT_DOOR, StayState.ADMITTED), doing="given a need")
    if not text.strip():
        message = "say what the guest asks for"
        raise InputFault(message, column="text")
    return _ask([(row, text)], kind, asked_by=asked_by or rows.signature(by), by=by, at=at)[0]


def _ask(wanted: Sequence[tuple[Stay, str]], kind: NeedKind, *, asked_by: str, by: Actor, at: datetime) -> list[GuestNeed]:
    due_at = rows.pack_at(at).duty(names.NEEDS[kind]).due_at({"asked_at": at, "opened_at": at})
    made = GuestNeed.objects.bulk_create(
        GuestNeed(
            code=public_id("ND", at),
            stay=row,
            site_code=row.site_code,
            kind=kind.value,
            text=text[:300],
            asked_at=at,
            due_at=due_at,
            asked_by=asked_by,
        )
        for row, text in wanted
    )
    ledger.record_many(
        ledger.Draft(
            tag=Tag.NEED_ASKED,
            subject=names.need_about(need.pk),
            unit=need.site_code,
            by=by,
            at=at,
            data={"kind": kind, "stay": need.stay_id},
            personal={"text": need.text},
        )
        for need in made
    )
    labels = rows.labels([row.person_id for row, _ in wanted])
    places = dict(
        IsolationSite.objects.filter(pk__in={row.site_code for row, _ in wanted}).values_list("unit_id", "place_code")
    )
    open_many(
        [
            Owed(
                kind=names.NEEDS[kind],
                about=names.need_about(need.pk),
                label=f"{row.room_id} · {labels[row.person_id]}",
                place_code=places[row.site_code],
                owners={"explicit": row.site_code},
                facts={"asked_at": at},
            )
            for need, (row, _) in zip(made, wanted, strict=True)
        ],
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def answer_need(*, need: str, answer: str, by: Actor, at: datetime) -> GuestNeed:
    """The guest has what was asked for, or an answer (答复)."""
    row = rows.locked_need(need)
    permit(by, Operation.CARE_FOR_GUEST, row.site_code)
    if row.answered_at is not None:
        return row
    if not answer.strip():
        message = "say what the guest got, or was told"
        raise InputFault(message, column="answer")
    row.answered_at, row.answer, row.answered_by = at, answer[:300], rows.signature(by)
    row.save(update_fields=("answered_at", "answer", "answered_by"))
    recorded = ledger.record(
        tag=Tag.NEED_ANSWERED,
        subject=names.need_about(row.pk),
        unit=row.site_code,
        by=by,
        at=at,
        data={"kind": row.kind, "late": at > row.due_at},
        personal={"answer": row.answer},
    )
    duties.fulfil_by_fact(
        kind=names.NEEDS[NeedKind(row.kind)],
        about=names.need_about(row.pk),
        tag=Tag.NEED_ANSWERED,
        ref=f"entry:{recorded.pk}",
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def record_meals(*, unit: str, meal: str, missed: Collection[str], by: Actor, at: datetime) -> MealService:
    """A meal was served (送餐): to everybody on the list but ``missed`` (stays); each of those has a need from now on."""
    site = rows.locked_site(unit)
    permit(by, Operation.CARE_FOR_GUEST, unit)
    if meal not in MEALS:
        message = f"{meal!r} is not one of {', '.join(MEALS)}"
        raise InputFault(message, column="meal")
    guests = list(Stay.objects.filter(site_code=unit, state=StayState.ADMITTED).order_by("code"))
    without = [row for row in guests if row.pk in set(missed)]
    if len(without) != len(set(missed)):
        message = "somebody named did not stay there"
        raise InputFault(message, column="missed")
    made = MealService.objects.create(
        site=site,
        served_at=at,
        meal=meal,
        listed=len(guests),
        served=len(guests) - len(without),
        served_by=rows.signature(by),
    )
    ledger.record(
        tag=Tag.MEALS_SERVED,
        subject=names.site_about(unit),
        unit=unit,
        by=by,
        at=at,
        data={"meal": meal, "listed": made.listed, "served": made.served},
    )
    if without:
        _ask([(row, meal) for row in without], NeedKind.MEAL, asked_by=rows.signature(by), by=by, at=at)
    return made


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one guest; ``symptoms`` blank: none."""

    stay: str
    celsius: float | None = None
    symptoms: str = ""


@transaction.atomic
def check_guests(*, unit: str, looks: Sequence[Look], by: Actor, at: datetime) -> list[GuestCheck]:
    """Temperatures and symptoms of one round (每日测温); fever or symptoms ask for a doctor at once."""
    rows.locked_site(unit)
    permit(by, Operation.CARE_FOR_GUEST, unit)
    guests = Stay.objects.filter(site_code=unit, state=StayState.ADMITTED).in_bulk([look.stay for look in looks])
    for look in looks:
        if look.stay not in guests:
            raise rows.missing_record()
        if look.celsius is not None and not _CELSIUS[0] <= look.celsius <= _CELSIUS[1]:
            message = f"{look.celsius} is no temperature"
            raise InputFault(message, column="celsius")
    on = clock.day_of(at)
    made = GuestCheck.objects.bulk_create(
        GuestCheck(
            stay=guests[look.stay],
            site_code=unit,
            checked_at=at,
            on=on,
            celsius=look.celsius,
            symptoms=look.symptoms[:200],
            checked_by=rows.signature(by),
        )
        for look in looks
    )
    fever = rows.pack_at(at).amount("isolation_fever")
    ill = [look for look in looks if look.symptoms or (look.celsius is not None and look.celsius >= fever)]
    recorded = ledger.record(
        tag=Tag.GUESTS_CHECKED,
        subject=names.day_about(unit, on),
        unit=unit,
        by=by,
        at=at,
        data={"checked": len(made), "ill": len(ill)},
    )
    called = set(
        GuestNeed.objects.filter(stay__in=guests, kind=NeedKind.DOCTOR, answered_at=None).values_list("stay_id", flat=True)
    )
    fresh = [(guests[look.stay], _complaint(look)) for look in ill if look.stay not in called]
    if fresh:
        _ask(fresh, NeedKind.DOCTOR, asked_by=rows.signature(by), by=by, at=at)
    for code in guests:
        duties.fulfil_by_fact(
            kind=names.CHECK_CAUGHT_UP,
            about=names.check_about(code),
            tag=Tag.GUESTS_CHECKED,
            ref=f"entry:{recorded.pk}",
            by=by,
            at=at,
        )
    if not unchecked(unit, on, at=at):
        duties.fulfil_by_fact(
            kind=names.CHECKS_DONE,
            about=names.day_about(unit, on),
            tag=Tag.GUESTS_CHECKED,
            ref=f"entry:{recorded.pk}",
            by=by,
            at=at,
        )
    return made


def _complaint(look: Look) -> str:
    return "; ".join(part for part in (f"{look.celsius} °C" if look.celsius else "", look.symptoms) if part)


def unchecked(unit: str, on: date, *, at: datetime) -> list[Stay]:
    """Guests who have fewer checks on a local day than the pack asks for; who came that day owes none yet."""
    wanted = int(rows.pack_at(at).amount("isolation_checks_a_day"))
    starts, _ = clock.day_bounds(on)
    seen = Counter(GuestCheck.objects.filter(site_code=unit, on=on).values_list("stay_id", flat=True))
    guests = Stay.objects.filter(site_code=unit, state=StayState.ADMITTED, admitted_at__lt=starts).order_by("room", "code")
    return [row for row in guests if seen[row.pk] < wanted]


@dataclass(frozen=True, slots=True)
class Sampled:
    """One guest's own swab in its own tube (单采单检)."""

    stay: str
    tube_id: str


@transaction.atomic
def record_samples(*, unit: str, samples: Sequence[Sampled], by: Actor, at: datetime) -> list[GuestTest]:
    """Guests were sampled: each tube answers the guest's earliest test that is due, else it is one out of turn.

    The same tube for the same guest again changes nothing; for another guest it is ``Refused``.
    """
    rows.locked_site(unit)
    permit(by, Operation.CARE_FOR_GUEST, unit)
    guests = Stay.objects.filter(site_code=unit, state=StayState.ADMITTED).in_bulk([one.stay for one in samples])
    if any(one.stay not in guests for one in samples):
        raise rows.missing_record()
    known = {test.tube_id: test for test in GuestTest.objects.filter(tube_id__in=[one.tube_id for one in samples])}
    made = []
    for one in samples:
        stands = known.get(one.tube_id)
        if not one.tube_id or (stands is not None and stands.stay_id != one.stay):
            message = f"the tube {one.tube_id!r} is another guest's" if one.tube_id else "a sample names its tube"
            raise Refused(message, code="tube", remedy="Scan the tube again.")
        made.append(stands or _sampled(guests[one.stay], one.tube_id, at=at))
    recorded = ledger.record(
        tag=Tag.GUEST_SAMPLED,
        subject=names.day_about(unit, clock.day_of(at)),
        unit=unit,
        by=by,
        at=at,
        data={"tubes": len(made)},
    )
    for test in made:
        duties.fulfil_by_fact(
            kind=names.TEST_CAUGHT_UP,
            about=names.test_about(test.stay_id, test.day),
            tag=Tag.GUEST_SAMPLED,
            ref=f"{test.tube_id} entry:{recorded.pk}",
            by=by,
            at=at,
        )
    if not untested(unit, clock.day_of(at)):
        duties.fulfil_by_fact(
            kind=names.TESTS_TAKEN,
            about=names.day_about(unit, clock.day_of(at)),
            tag=Tag.GUEST_SAMPLED,
            ref=f"entry:{recorded.pk}",
            by=by,
            at=at,
        )
    return made


def untested(unit: str, on: date) -> list[GuestTest]:
    """Tests of guests that are due on or before a local day and not taken."""
    due = GuestTest.objects.filter(site_code=unit, due_on__lte=on, sampled_at=None, stay__state=StayState.ADMITTED)
    return list(due.select_related("stay").order_by("due_on", "stay__room", "id"))


def _sampled(stay: Stay, tube_id: str, *, at: datetime) -> GuestTest:
    today = clock.day_of(at)
    due = GuestTest.objects.filter(stay=stay, sampled_at=None, due_on__lte=today).order_by("-due_on", "-day").first()
    test = due or GuestTest(stay=stay, site_code=stay.site_code, day=0, due_on=today)
    test.tube_id, test.sampled_at = tube_id, at
    test.save()
    return test


@transaction.atomic
def result_by_fact(
    *, person_id: str, tube_id: str, outcome: SampleOutcome, sampled_at: datetime, by: Actor, at: datetime
) -> GuestTest | None:
    """A laboratory answered a tube of one person: kept with the stay in which it was sampled; None when there is none.

    A positive looks for an infection acquired inside.
    """
    test = GuestTest.objects.select_for_update(of=("self",)).filter(tube_id=tube_id, stay__person_id=person_id).first()
    if test is None:
        covering = Q(state__in=LIVE) | Q(ended_at__gt=sampled_at)
        stays = Stay.objects.filter(covering, person_id=person_id, admitted_at__isnull=False)
        stay = stays.order_by("-admitted_at").first()
        if stay is None:
            return None
        test = _of_another_tube(stay, tube_id, sampled_at=sampled_at)
    if test.outcome != SampleOutcome.POSITIVE:  # a positive stands; a later word of another laboratory is settled elsewhere
        test.outcome, test.resulted_at = outcome.value, at
        test.save(update_fields=("outcome", "resulted_at"))
    ledger.record(
        tag=Tag.GUEST_RESULT,
        subject=names.test_about(test.stay_id, test.day),
        unit=test.site_code,
        by=by,
        at=at,
        data={"tube": tube_id, "outcome": outcome, "sampled_at": sampled_at},
    )
    if outcome is SampleOutcome.POSITIVE:
        look_for_infection(test.stay, by=by, at=at)
    return test


def _of_another_tube(stay: Stay, tube_id: str, *, sampled_at: datetime) -> GuestTest:
    """A tube that the site did not note: it answers the test of its day when that is open, else it is one out of turn."""
    on = clock.day_of(sampled_at)
    due = GuestTest.objects.filter(stay=stay, sampled_at=None, due_on=on).first()
    test = due or GuestTest(stay=stay, site_code=stay.site_code, day=0, due_on=on)
    test.tube_id, test.sampled_at = tube_id, sampled_at
    test.save()
    return test
