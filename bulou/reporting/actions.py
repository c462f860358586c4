"""Freezing a day and correcting a figure: the only writers of the report."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import rows as duty_rows
from bulou.duties.actions import fulfil_by_fact
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger import rules as ledger_rules
from bulou.ledger.seals import seal
from bulou.ledger.tags import Tag
from bulou.places.models import Area
from bulou.reporting import rules
from bulou.reporting.figures import Counted, count_day
from bulou.reporting.models import Correction, Figure, FrozenDay

_SWEEP_AFTER = timedelta(minutes=30)  # CONTRACT: "the sweep does it at 00:30"


def top_code(area: Area) -> str:
    """The code under which the area's report is kept and permitted: its first part."""
    return str(area.parts.order_by("place_code").values_list("place_code", flat=True)[0])


def owe_freeze(*, area: Area, on: date, by: Actor, at: datetime) -> Duty:
    """The duty to freeze a day, due at 00:30 after it ends; opened when the day begins."""
    start, _ = clock.day_bounds(on)
    owed = Owed(
        kind="report.frozen",
        about=f"report:{area.pk}:{on.isoformat()}",
        label=f"{area.name} {on.isoformat()}",
        place_code=top_code(area),
        facts={"day_starts_at": start},
    )
    return open_duty(owed, by=by, at=at)


@transaction.atomic
def freeze_day(*, area: Area, on: date, by: Actor, at: datetime) -> FrozenDay:
    """Freeze the day's figures: counted once, sealed, never edited; a frozen day is returned as it stands."""
    if by.door is not Door.SWEEP:
        permit(by, Operation.FREEZE_REPORT, top_code(area))
    already = FrozenDay.objects.filter(area=area, day_on=on, series_version=rules.SERIES).first()
    if already is not None:
        return already
    _, end = clock.day_bounds(on)
    if at < end:
        message = f"{on.isoformat()} is not over"
        raise Refused(message, code="day-not-over", remedy="Freeze it after 24:00; until then it is provisional.")
    counted = count_day(area, on)
    digest = content_digest(area.pk, on, counted)
    owe_freeze(area=area, on=on, by=by, at=at)
    made_seal = seal(at=at)
    made = FrozenDay.objects.create(
        area=area,
        day_on=on,
        series_version=rules.SERIES,
        frozen_at=at,
        frozen_by=duty_rows.signature(by),
        seal=made_seal.digest if made_seal else "",
        digest=digest,
    )
    Figure.objects.bulk_create(
        Figure(frozen=made, statistic=one.statistic, split=one.split, value=one.value, source=one.source) for one in counted
    )
    ledger.record(
        tag=Tag.REPORT_FROZEN,
        subject=f"report:{area.pk}:{on.isoformat()}",
        unit=top_code(area),
        by=by,
        at=at,
        data={"digest": digest, "figures": len(counted)},
    )
    fulfil_by_fact(
        kind="report.frozen",
        about=f"report:{area.pk}:{on.isoformat()}",
        tag=Tag.REPORT_FROZEN,
        ref=f"sha256:{digest[:16]}",
        by=by,
        at=at,
    )
    return made


def content_digest(area: str, on: date, counted: list[Counted]) -> str:
    """The digest of a day's figures, by which a later change of a row is seen."""
    rows = sorted((one.statistic, one.split, one.value, one.source) for one in counted)
    return hashlib.sha256(ledger_rules.canonical([area, on.isoformat(), rows]).encode()).hexdigest()


@transaction.atomic
def correct_figure(*, figure: Figure, change: int, reason: str, by: Actor, at: datetime) -> Correction:
    """Correct a frozen figure by an entry of its own; the frozen value stays as it was published."""
    frozen = figure.frozen
    permit(by, Operation.CORRECT_FIGURE, top_code(frozen.area))
    if not reason.strip():
        message = "a correction says why"
        raise InputFault(message, column="reason")
    if not change or figure.value + change + sum(one.change for one in figure.corrections.all()) < 0:
        message = "a correction changes the figure and leaves it at zero or above"
        raise InputFault(message, column="change")
    made = Correction.objects.create(
        figure=figure,
        made_on=clock.day_of(at),
        change=change,
        reason=reason,
        made_at=at,
        made_by=duty_rows.signature(by),
    )
    ledger.record(
        tag=Tag.FIGURE_CORRECTED,
        subject=f"report:{frozen.area_id}:{frozen.day_on.isoformat()}",
        unit=top_code(frozen.area),
        by=by,
        at=at,
        data={"statistic": figure.statistic, "split": figure.split, "change": change, "reason": reason},
    )
    return made


def freeze_due(*, by: Actor, at: datetime) -> list[FrozenDay]:
    """What the sweep does: freeze yesterday for every area that has a round, once it is 00:30 or later."""
    today = clock.day_of(at)
    start, _ = clock.day_bounds(today)
    made = []
    for area in Area.objects.filter(rounds__isnull=False).distinct():
        owe_freeze(area=area, on=today, by=by, at=at)
        yesterday = today - timedelta(days=1)
        had_round = area.rounds.filter(opens_at__lt=start).exists()
        frozen = FrozenDay.objects.filter(area=area, day_on=yesterday, series_version=rules.SERIES).exists()
        if had_round and not frozen and at >= start + _SWEEP_AFTER:
            made.append(freeze_day(area=area, on=yesterday, by=by, at=at))
    return made
