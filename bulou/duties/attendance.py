"""Posts that do not answer, and units in which nobody stands (D16, 失管漏管): each is owed by a superior, once.

Called by the worker beside the sweep. Somebody on duty who was told and has neither read nor acted within the pack's
``absent_after`` counts as absent: whoever stands in is told of the same duty, and the superior owes an answer from the
post. The duty's owner stays: an owner changes when a post falls vacant, not when a telephone is silent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from bulou.duties import by_set, rows, rules
from bulou.duties.choices import DutyState, NoticeState
from bulou.duties.models import Duty, Notice
from bulou.duties.opening import Owed, open_many
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.units import queries as units
from bulou.units import rules as unit_rules
from bulou.units.models import Holding, Shift, Unit

ANSWERED = "post.answered"
OWNER_NAMED = "unit.owner_named"
_SOFTWARE = '{"account":"bulou",'  # how the canonical JSON of the software's own actor begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What one pass found: units whose post is silent or answers again, units without anybody or attended again."""

    silent: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    unattended: tuple[str, ...] = ()
    attended: tuple[str, ...] = ()


def watch_posts(*, at: datetime) -> Watched:
    """Open what silence and empty posts owe, close what is answered; the number of statements does not grow with units."""
    by = system(unit="CN", door=Door.SWEEP)
    return Watched(
        answers=_answers(by=by, at=at),
        silent=_silent(by=by, at=at),
        attended=_attended(by=by, at=at),
        unattended=_unattended(by=by, at=at),
    )


def _about(unit: str) -> str:
    return f"unit:{unit}"


def _unanswered(*, told_by: datetime) -> QuerySet[Notice]:
    """Lines told by then, of open duties, whose unit has since read no line and done nothing about that duty."""
    read = Notice.objects.filter(unit=OuterRef("unit"), read_at__gte=OuterRef("told_at"))
    acted = Entry.objects.filter(
        subject=Concat(Value("duty:"), OuterRef("duty_id")),
        happened_at__gte=OuterRef("told_at"),
        actor__contains=Concat(Value('"unit":"'), OuterRef("unit_id"), Value('"')),
    ).exclude(actor__startswith=_SOFTWARE)
    return Notice.objects.filter(
        ~Exists(read), ~Exists(acted), read_at=None, state=NoticeState.SENT, told_at__lte=told_by, duty__state=DutyState.OPEN
    )


@transaction.atomic
def _silent(*, by: Actor, at: datetime) -> tuple[str, ...]:
    after = rows.pack_now(clock.day_of(at)).span("absent_after")
    first = _unanswered(told_by=at - after).order_by().values("unit").annotate(first=Min("id")).values_list("first", flat=True)
    lines = {one.unit_id: one for one in Notice.objects.filter(pk__in=list(first)).select_related("duty", "unit")}
    open_now = Duty.objects.filter(kind=ANSWERED, state=DutyState.OPEN, about__in=[_about(code) for code in lines])
    for about in open_now.values_list("about", flat=True):
        lines.pop(about.removeprefix("unit:"))
    above = _existing_above(lines)
    present = units.on_duty_and_next(lines, at=at)
    silent = {
        code: line
        for code, line in lines.items()
        if code in above
        and present[code][0].unit == code  # else nobody is there to answer: that is a vacancy, owed below
        and unit_rules.counts_as_absent(told_at=line.told_at, since=present[code][0].since, now=at, after=after)
    }
    if not silent:
        return ()
    ledger.record_many(
        ledger.Draft(
            tag=Tag.POST_SILENT, subject=_about(code), unit=code, by=by, at=at,
            data={"told_at": line.told_at, "duty": line.duty_id, "step": line.step, "title": present[code][0].title},
        )
        for code, line in sorted(silent.items())
    )  # fmt: skip
    by_set.tell_many(
        [
            Notice(
                duty=line.duty, step=f"silent:{line.pk}", unit_id=present[code][1].unit or above[code],
                told=present[code][1].staff_name, due_at=line.told_at + after, told_at=at, state=NoticeState.SENT,
            )
            for code, line in sorted(silent.items(), key=lambda item: (item[1].told_at, item[1].pk))
        ],
        by=by,
    )  # fmt: skip
    open_many([_owed_answer(line, present[code][0], above[code]) for code, line in sorted(silent.items())], by=by, at=at)
    return tuple(sorted(silent))


def _owed_answer(line: Notice, present: unit_rules.OnDuty, superior: str) -> Owed:
    told = clock.local(line.told_at)
    place = codes.territory(line.unit_id)
    return Owed(
        kind=ANSWERED,
        about=_about(line.unit_id),
        label=f"{present.title} · {line.unit.name}",
        place_code=place if codes.is_place(place) else "",
        owners={"explicit": superior},
        facts={"silent_since": line.told_at},
        why=rules.SAID_SILENT % {"time": f"{told:%H:%M}"},
        parent=line.duty_id,
    )


def _existing_above(unit_codes: Iterable[str]) -> dict[str, str]:
    """For each unit its nearest superior that exists; units that have none are left out. One statement."""
    above = {code: codes.chain(code)[1:] for code in unit_codes}
    asked = {step for steps in above.values() for step in steps}
    known = set(Unit.objects.filter(code__in=asked).values_list("code", flat=True))
    nearest = ((code, next((step for step in steps if step in known), "")) for code, steps in above.items())
    return {code: step for code, step in nearest if step}


@transaction.atomic
def _answers(*, by: Actor, at: datetime) -> tuple[str, ...]:
    """Close what silence owed where the post has answered since: a line read, a step taken, or somebody new in the post."""
    owed = list(Duty.objects.filter(kind=ANSWERED, state=DutyState.OPEN).only("about", "facts", "parent_id"))
    if not owed:
        return ()
    since = {row.about.removeprefix("unit:"): datetime.fromisoformat(row.facts["silent_since"]) for row in owed}
    oldest = min(since.values())
    signs: list[tuple[str, datetime, str]] = []
    read = Notice.objects.filter(unit__in=since, read_at__gte=oldest).values_list("unit_id", "read_at", "id")
    signs += [(unit, read_at, f"notice:{pk} read") for unit, read_at, pk in read if read_at]
    duties = {f"duty:{row.parent_id}": row.about.removeprefix("unit:") for row in owed if row.parent_id}
    acted = Entry.objects.filter(subject__in=duties, happened_at__gte=oldest).exclude(actor__startswith=_SOFTWARE)
    signs += [
        (duties[subject], happened_at, f"entry:{pk}")
        for subject, happened_at, pk, actor in acted.values_list("subject", "happened_at", "id", "actor")
        if f'"unit":"{duties[subject]}"' in actor
    ]
    came = Holding.objects.filter(post__unit__in=since, starts_at__gt=oldest, starts_at__lte=at)
    signs += [(unit, starts_at, f"holding:{pk}") for unit, starts_at, pk in came.values_list("post__unit", "starts_at", "id")]
    relieved = Shift.objects.filter(post__unit__in=since, starts_at__gt=oldest, starts_at__lte=at)
    signs += [(unit, starts_at, f"shift:{pk}") for unit, starts_at, pk in relieved.values_list("post__unit", "starts_at", "id")]
    refs = {_about(unit): ref for unit, when, ref in sorted(signs, reverse=True) if when >= since[unit]}
    closed = by_set.fulfil_many_by_fact(kind=ANSWERED, refs=refs, tag=Tag.POST_ANSWERS, by=by, at=at)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.POST_ANSWERS, subject=row.about, unit=row.about.removeprefix("unit:"), by=by, at=at,
            data={"by": refs[row.about], "silent_since": since[row.about.removeprefix("unit:")]},
        )
        for row in closed
    )  # fmt: skip
    return tuple(sorted(row.about.removeprefix("unit:") for row in closed))


def _empty(at: datetime) -> dict[str, str]:
    """Units in which nobody stands, with their names; a city where nobody stands anywhere has not begun: none."""
    found = dict(units.unowned(top="CN", at=at).values_list("code", "name"))
    return found if len(found) < Unit.objects.count() else {}


@transaction.atomic
def _unattended(*, by: Actor, at: datetime) -> tuple[str, ...]:
    """The list of units without anybody has an owner: the nearest superior that is attended, else the nearest of all."""
    empty = _empty(at)
    for about in Duty.objects.filter(kind=OWNER_NAMED, state=DutyState.OPEN).values_list("about", flat=True):
        empty.pop(about.removeprefix("unit:"), None)
    vacant = Duty.objects.filter(kind="post.filled", state=DutyState.OPEN).values_list("about", flat=True)
    for code in units.units_of_posts(about.removeprefix("post:") for about in vacant):
        empty.pop(code, None)  # the superior owes that post's holder already
    if not empty:
        return ()
    present = units.on_duty(empty, at=at)
    above = _existing_above(empty)
    opened = [
        Owed(
            kind=OWNER_NAMED,
            about=_about(code),
            label=name,
            place_code=place if codes.is_place(place := codes.territory(code)) else "",
            owners={"explicit": present[code].unit or above.get(code, code)},
            why=rules.SAID_NOBODY,
        )
        for code, name in sorted(empty.items())
    ]
    open_many(opened, by=by, at=at)
    return tuple(sorted(empty))


@transaction.atomic
def _attended(*, by: Actor, at: datetime) -> tuple[str, ...]:
    owed = list(Duty.objects.filter(kind=OWNER_NAMED, state=DutyState.OPEN).values_list("about", flat=True))
    if not owed:
        return ()
    codes_owed = {about.removeprefix("unit:") for about in owed}
    still = set(units.unowned(top="CN", at=at).filter(code__in=codes_owed).values_list("code", flat=True))
    refs = {_about(code): _about(code) for code in codes_owed - still}
    closed = by_set.fulfil_many_by_fact(kind=OWNER_NAMED, refs=refs, tag=Tag.UNIT_ATTENDED, by=by, at=at)
    ledger.record_many(
        ledger.Draft(tag=Tag.UNIT_ATTENDED, subject=row.about, unit=row.about.removeprefix("unit:"), by=by, at=at)
        for row in closed
    )
    return tuple(sorted(row.about.removeprefix("unit:") for row in closed))
