"""Who interviews and lists contacts (流调员), in which languages, and whether that is enough for the open chases."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import rows
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.investigation.models import Case, Tracer
from bulou.investigation.rules import CHASED
from bulou.investigation.rules import tracers as rules
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units import queries as units
from bulou.units.models import Staff

CALLED = "tracers.called"


@transaction.atomic
def name_tracer(*, staff: str, unit: str, languages: Sequence[str], by: Actor, at: datetime) -> Tracer:
    """Somebody (by staff number) traces for a unit from now on; named again, elsewhere, the former place ends."""
    permit(by, Operation.KEEP_TRACERS, unit)
    place = units.unit(unit)
    person = Staff.objects.filter(number=staff).first()
    if person is None:
        message = f"no staff member {staff!r}"
        raise NotFound(message, column="staff", remedy="Register the person first.")
    spoken = rules.languages(languages)
    now = Tracer.objects.select_for_update(of=("self",)).filter(staff=person, ends_at=None).first()
    if now is not None and (now.unit_id, now.languages) == (unit, spoken):
        return now
    if now is not None:
        permit(by, Operation.KEEP_TRACERS, now.unit_id, unit)
        now.ends_at = at
        now.save(update_fields=("ends_at",))
    made = Tracer.objects.create(staff=person, unit=place, languages=spoken, starts_at=at)
    _record(made, {"languages": spoken, "from": now.unit_id if now else ""}, by=by, at=at)
    watch(at=at)
    return made


@transaction.atomic
def release_tracer(*, tracer: int, reason: str, by: Actor, at: datetime) -> Tracer:
    """Somebody traces no more: resting, ill, or needed elsewhere."""
    row = Tracer.objects.select_for_update(of=("self",)).filter(pk=tracer).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    permit(by, Operation.KEEP_TRACERS, row.unit_id)
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    if row.ends_at is None:
        row.ends_at = at
        row.save(update_fields=("ends_at",))
        _record(row, {"reason": reason.strip()}, by=by, at=at)
        watch(at=at)
    return row


def _record(row: Tracer, data: dict[str, object], *, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=Tag.TRACERS_NAMED, subject=f"tracer:{row.pk}", unit=row.unit_id, by=by, at=at, data=data
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """A district's tracers beside its open chases; ``short`` is how many more are needed by the pack's number."""

    place: str
    tracers: int
    chases: int
    languages: tuple[str, ...]
    unspoken: tuple[str, ...]  # languages of open interviews that none of them speaks
    needed: int

    @property
    def short(self) -> int:
        """How many tracers are missing."""
        return max(0, self.needed - self.tracers)


def strength(reader: Actor, *, at: datetime) -> list[Strength]:
    """Each district with open chases or tracers, the shortest first; three statements."""
    permit(reader, Operation.SEE_CASES)
    return _strength(at=at, cases=within(reader, "place_code"), named=within(reader, "unit_id"))


def _strength(*, at: datetime, cases: Q, named: Q) -> list[Strength]:
    share = rows.pack_now(clock.day_of(at)).amount("cases_per_tracer")
    waiting = Duty.objects.filter(kind=CHASED, state=DutyState.OPEN).values_list("about", flat=True)
    codes_of = [about.removeprefix("case:") for about in waiting]
    chases: Counter[str] = Counter()
    spoken: dict[str, set[str]] = defaultdict(set)
    asked: dict[str, set[str]] = defaultdict(set)
    for place, language in (
        Case.objects.filter(cases, pk__in=codes_of, merged_into=None).values_list("place_code", "interview__language")
    ):  # fmt: skip
        district = _district(place)
        chases[district] += 1
        if language:
            asked[district].add(language)
    tracers: Counter[str] = Counter()
    for unit, languages in Tracer.objects.filter(named, ends_at=None).values_list("unit_id", "languages"):
        district = _district(codes.territory(unit))
        tracers[district] += 1
        spoken[district] |= set(languages.split(";"))
    found = [
        Strength(
            place=place, tracers=tracers[place], chases=chases[place], languages=tuple(sorted(spoken[place])),
            unspoken=tuple(sorted(asked[place] - spoken[place])), needed=rules.needed(chases[place], share),
        )
        for place in sorted({*chases, *tracers})
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.short, one.place))


def _district(place: str) -> str:
    return codes.up_to(place, codes.Level.DISTRICT) or place


@transaction.atomic
def watch(*, at: datetime) -> int:
    """Open the call for teams where tracers are short, close it where they are enough; returns how many are short."""
    by = system(unit="CN", door=Door.SWEEP)
    short = 0
    everywhere = _strength(at=at, cases=Q(), named=Q())
    for one in everywhere:
        if one.short or one.unspoken:
            short += 1
            _call(one, by=by, at=at)
    calm = {one.place for one in everywhere if not (one.short or one.unspoken)}
    for about in Duty.objects.filter(kind=CALLED, state=DutyState.OPEN).values_list("about", flat=True):
        place = about.removeprefix("place:")
        if place in calm or place not in {one.place for one in everywhere}:
            _enough(place, by=by, at=at)
    return short


def _call(one: Strength, *, by: Actor, at: datetime) -> None:
    about = f"place:{one.place}"
    why = rules.why_short(one.tracers, one.chases, one.short, one.unspoken)
    standing = Duty.objects.filter(kind=CALLED, about=about, state=DutyState.OPEN).first()
    if standing is None:
        ledger.record(
            tag=Tag.TRACERS_SHORT, subject=about, unit=one.place, by=by, at=at,
            data={"tracers": one.tracers, "chases": one.chases, "short": one.short, "unspoken": list(one.unspoken)},
        )  # fmt: skip
        open_duty(
            Owed(kind=CALLED, about=about, label=one.place, place_code=one.place, why=why), by=by, at=at
        )  # fmt: skip
    elif rules.is_said(standing.why) and standing.why != why:
        Duty.objects.filter(pk=standing.pk).update(why=why[:300])


def _enough(place: str, *, by: Actor, at: datetime) -> None:
    ledger.record(tag=Tag.TRACERS_ENOUGH, subject=f"place:{place}", unit=place, by=by, at=at, data={})
    duties.fulfil_by_fact(
        kind=CALLED, about=f"place:{place}", tag=Tag.TRACERS_ENOUGH, ref=f"place:{place}", by=by, at=at
    )  # fmt: skip
