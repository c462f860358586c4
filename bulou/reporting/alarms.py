"""Alarm fatigue: what the inboxes of a day asked of whom, and which of it needed an act, by one statement.

An *alarm* is a notice that was sent (not one overtaken after an outage). It *needed an act* when the unit that it told did
something to its duty after it and before the next alarm on that duty to that unit: evidence, a closing that is not a
supersession, an offer, an answer to one, a taking over. Acts come before the duty's end by the nature of a duty, so what
ended anyway does not count. Of the rest, *settled* are those whose duty has closed without an act of the unit told, *open*
those whose duty is still owed.
The *cause* of an alarm is the duty's parent, else its kind and the thing it is about without the place behind the ``@``
(all communities of one round have one cause); what is told to one unit in a shift for one cause after the first is *repeated*.
The figures serve rest and better rules; they are per unit, never per person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.duties.choices import DutyState, HandoverState, NoticeState, TenureHow
from bulou.duties.models import Notice
from bulou.kernel import clock
from bulou.kernel.actor import Actor

SHIFT = timedelta(hours=8)  # three shifts a day from local midnight; operational, no document
SHIFTS = 3

_CAUSE = {
    "postgresql": "split_part(d.about, '@', 1)",
    "sqlite": "substr(d.about, 1, instr(d.about || '@', '@') - 1)",
}
_ALARMS = """
WITH told AS (
  SELECT n.id, n.duty_id, n.unit_id, n.told_at,
         lead(n.told_at) OVER (PARTITION BY n.duty_id, n.unit_id ORDER BY n.told_at, n.id) AS next_at
  FROM duties_notice n WHERE n.state = %s AND n.told_at >= %s
), alarm AS (
  SELECT t.id, t.unit_id, d.kind, d.state,
    CASE WHEN t.told_at < %s THEN 0 WHEN t.told_at < %s THEN 1 ELSE 2 END AS shift,
    coalesce(d.parent_id, d.kind || ' ' || {cause}) AS cause,
    CASE WHEN
      EXISTS (SELECT 1 FROM duties_evidence e WHERE e.duty_id = t.duty_id AND e.added_at >= t.told_at
              AND (t.next_at IS NULL OR e.added_at < t.next_at) AND e.added_by LIKE '%%· ' || t.unit_id)
      OR (d.state IN (%s, %s, %s) AND d.closed_at >= t.told_at AND (t.next_at IS NULL OR d.closed_at < t.next_at)
          AND d.closed_by LIKE '%%· ' || t.unit_id)
      OR EXISTS (SELECT 1 FROM duties_handover h WHERE h.duty_id = t.duty_id AND (
              (h.sender_id = t.unit_id AND h.offered_at >= t.told_at AND (t.next_at IS NULL OR h.offered_at < t.next_at))
              OR (h.receiver_id = t.unit_id AND h.state IN (%s, %s) AND h.answered_at >= t.told_at
                  AND (t.next_at IS NULL OR h.answered_at < t.next_at))))
      OR EXISTS (SELECT 1 FROM duties_tenure u WHERE u.duty_id = t.duty_id AND u.unit_id = t.unit_id AND u.how = %s
              AND u.starts_at >= t.told_at AND (t.next_at IS NULL OR u.starts_at < t.next_at))
    THEN 1 ELSE 0 END AS acted
  FROM told t JOIN duties_duty d ON d.id = t.duty_id WHERE t.id IN ({chosen})
)
SELECT unit_id, shift, kind, cause, count(*), sum(acted), sum(CASE WHEN acted = 0 AND state = %s THEN 1 ELSE 0 END)
FROM alarm GROUP BY unit_id, shift, kind, cause ORDER BY unit_id, shift, kind, cause
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Alarms of one group: how many, which needed an act, which settled without, which are open, which were repeated."""

    unit: str = ""
    shift: int = -1  # 0 from midnight, 1 from 08:00, 2 from 16:00; -1 all day
    kind: str = ""
    cause: str = ""
    alarms: int
    acted: int
    open: int
    repeated: int

    @property
    def settled(self) -> int:
        """Alarms whose duty closed without an act of the unit told."""
        return self.alarms - self.acted - self.open

    @property
    def share(self) -> float | None:
        """The share that needed an act; None of nothing."""
        return self.acted / self.alarms if self.alarms else None

    def as_json(self) -> dict[str, object]:
        """The line under its public keys."""
        named = {"unit": self.unit, "shift": self.shift, "kind": self.kind, "cause": self.cause}
        said: dict[str, object] = {key: value for key, value in named.items() if value not in {"", -1}}
        share = None if self.share is None else round(self.share, 4)
        return {
            **said, "alarms": self.alarms, "acted": self.acted, "settled": self.settled, "open": self.open,
            "repeated": self.repeated, "share_acted": share,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """A day's alarms within the reader's jurisdiction: the whole, per unit and shift, per kind of duty, the noisiest causes."""

    day: date
    total: Line
    by_shift: tuple[Line, ...]
    by_kind: tuple[Line, ...]
    causes: tuple[Line, ...]  # only what was repeated, the noisiest first

    def as_json(self) -> dict[str, object]:
        """The report under its public keys."""
        return {
            "day": self.day.isoformat(),
            "total": self.total.as_json(),
            "by_unit_and_shift": [one.as_json() for one in self.by_shift],
            "by_kind": [one.as_json() for one in self.by_kind],
            "repeated_causes": [one.as_json() for one in self.causes],
        }


MOST_CAUSES = 50


def alarms(reader: Actor, *, on: date) -> Alarms:
    """The alarms of a local day to the units of the reader's jurisdiction; acts are counted up to now."""
    permit(reader, Operation.SEE_DUTIES)
    rows = _rows(reader, on)
    loud = sorted((one for one in rows if one.repeated), key=lambda one: (-one.repeated, one.unit, one.shift, one.cause))
    kinds = _fold(rows, lambda one: ("", -1, one.kind))
    return Alarms(
        day=on,
        total=next(iter(_fold(rows, lambda _: ("", -1, ""))), Line(alarms=0, acted=0, open=0, repeated=0)),
        by_shift=tuple(_fold(rows, lambda one: (one.unit, one.shift, ""))),
        by_kind=tuple(sorted(kinds, key=lambda one: (-one.alarms, one.kind))),
        causes=tuple(loud[:MOST_CAUSES]),
    )


def _rows(reader: Actor, on: date) -> list[Line]:
    start, end = clock.day_bounds(on)
    seen = Notice.objects.filter(within(reader, "unit_id"), state=NoticeState.SENT, told_at__gte=start, told_at__lt=end)
    chosen, params = seen.order_by().values("pk").query.sql_with_params()
    as_stored = connection.ops.adapt_datetimefield_value
    given = [
        NoticeState.SENT.value, as_stored(start), as_stored(start + SHIFT), as_stored(start + 2 * SHIFT),
        DutyState.FULFILLED.value, DutyState.WAIVED.value, DutyState.FAILED.value,
        HandoverState.ACCEPTED.value, HandoverState.REFUSED.value, TenureHow.TAKEN_OVER.value, *params, DutyState.OPEN.value,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ALARMS.format(cause=_CAUSE[connection.vendor], chosen=chosen), given)
        found = cursor.fetchall()
    return [
        Line(unit=unit, shift=shift, kind=kind, cause=cause, alarms=n, acted=int(acted), open=int(still), repeated=n - 1)
        for unit, shift, kind, cause, n, acted, still in found
    ]


def _fold(rows: Iterable[Line], key: Callable[[Line], tuple[str, int, str]]) -> list[Line]:
    sums: dict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in rows:
        found = sums[key(one)]
        for place, value in enumerate((one.alarms, one.acted, one.open, one.repeated)):
            found[place] += value
    return [
        Line(unit=unit, shift=shift, kind=kind, alarms=n, acted=acted, open=still, repeated=again)
        for (unit, shift, kind), (n, acted, still, again) in sums.items()
    ]
