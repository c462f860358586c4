"""Calling back (随机电话回访): a draw with a seed that was published first, calls by another unit, what they show."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.books.facts import commit, locked, pack_at, signature
from bulou.duties.opening import Owed
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.ledger.models import Entry
from bulou.requests import rules, sampling
from bulou.requests.actions import disputed
from bulou.requests.choices import CALLED, CallState, DrawHow, DrawState, Heard, Said
from bulou.requests.models import Call, Draw, ResidentRequest
from bulou.units.models import Unit

MOST = 500  # calls of one draw


@transaction.atomic
def plan_draw(
    *, unit: str, how: DrawHow, size: int, by: Actor, at: datetime, seed: str = "", since: datetime | None = None,
    until: datetime | None = None, code: str = "",
) -> Draw:  # fmt: skip
    """Plan a draw of requests closed in [since, until), its seed standing in the ledger before the period ends; or draw now.

    On the spot (现场抽取) nobody chooses the seed: it is the digest of the ledger's newest entry. Left out, the period is the
    last day, or until this time tomorrow.
    """
    permit(by, Operation.DRAW_CALLS, unit)
    if not Unit.objects.filter(pk=unit).exists():
        message = f"no unit has the code {unit!r}"
        raise InputFault(message, column="unit")
    if not 1 <= size <= MOST:
        message = f"draw between 1 and {MOST}"
        raise InputFault(message, column="size")
    now_ = how is DrawHow.ON_THE_SPOT
    ends = at if now_ else until or at + timedelta(days=1)
    begins = since or ends - timedelta(days=1)
    if begins >= ends:
        message = "the period begins before it ends"
        raise InputFault(message, column="since")
    if not now_ and ends <= at:
        message = "the seed is published before the period ends"
        raise InputFault(message, column="until", remedy="Choose a later end, or draw on the spot.")
    if not now_:
        rules.require_said(seed, column="seed", message="a planned draw needs its published seed")
    row = Draw.objects.create(
        code=code or public_id("DR", at), unit_id=unit, how=how, seed=(_newest() if now_ else seed.strip())[:80], size=size,
        since=begins, until=ends, planned_at=at, planned_by=signature(by),
    )  # fmt: skip
    commit(
        tag=LineTag.DRAW_PLANNED, subject=about(row.pk), unit=unit, by=by, at=at,
        data={"how": how, "seed": row.seed, "size": size, "since": row.since, "until": row.until},
    )  # fmt: skip
    return _draw(row, by=by, at=at) if now_ else row


def _newest() -> str:
    return Entry.objects.order_by("-id").values_list("digest", flat=True)[0]


@transaction.atomic
def draw(*, code: str, by: Actor, at: datetime) -> Draw:
    """Draw, once the period has ended; the calls are owed within the pack's time."""
    row = locked(Draw, code)
    permit(by, Operation.DRAW_CALLS, row.unit_id)
    if row.state != DrawState.PLANNED:
        message = "this draw is drawn"
        raise Refused(message, remedy="Plan another one.")
    if at < row.until:
        message = f"the period ends at {row.until.isoformat()}"
        raise Refused(message, remedy="Draw after that.")
    return _draw(row, by=by, at=at)


def frame(row: Draw) -> list[sampling.Unit]:
    """Who can be drawn: requests of the unit's jurisdiction closed in the period; late and disputed ones surely.

    Read from the rows as they stand. The digest of the frame is kept with the draw: one who repeats it later, when some
    were opened again, sees by it whether the frame is the same.
    """
    low, high = codes.below(row.unit_id)
    inside = Q(unit__gte=low, unit__lt=high) | Q(place_code__gte=low, place_code__lt=high)
    closed = ResidentRequest.objects.filter(inside, closed_at__gte=row.since, closed_at__lt=row.until, erased_at=None)
    read = closed.order_by("code").values_list("code", "place_code", "category", "closed_late", "disputes")
    return [
        sampling.Unit(code, f"{codes.territory(place)[:6]}:{category}", sure=late or disputes > 0)
        for code, place, category, late, disputes in read
    ]


def _draw(row: Draw, *, by: Actor, at: datetime) -> Draw:
    units = frame(row)
    drawn = sampling.draw(units, seed=row.seed, size=row.size)
    row.drawn_at, row.frame, row.frame_digest, row.drawn = at, len(units), sampling.frame_digest(units), len(drawn)
    row.state = DrawState.CALLING if drawn else DrawState.FINISHED
    pack = pack_at(at)
    sizes: dict[str, list[int]] = {}
    for one in units:
        sizes.setdefault("sure" if one.sure else one.stratum, [0, 0])[0] += 1
    for chosen in drawn:
        sizes[chosen.stratum][1] += 1
    found = sampling.smallest_exposed(
        [(closed, count) for closed, count in sizes.values()],
        reached=pack.amount("request_call_reached"), chance=pack.amount("request_call_chance"),
    )  # fmt: skip
    row.exposed_percent = None if found is None else round(found * 100)
    Call.objects.bulk_create(
        Call(
            code=public_id("CB", at), draw=row, request_id=one.ticket, stratum=one.stratum, weight=one.weight,
            place_in_order=number,
        )
        for number, one in enumerate(drawn, start=1)
    )  # fmt: skip
    owed = Owed(
        kind=CALLED, about=about(row.pk), label=row.pk, place_code=codes.territory(row.unit_id),
        owners={"explicit": row.unit_id}, facts={"drawn_at": at},
    )  # fmt: skip
    row.due_at = pack.duty(CALLED).due_at({"opened_at": at, "drawn_at": at}) if drawn else None
    row.save()
    commit(
        tag=LineTag.DRAW_DRAWN, subject=about(row.pk), unit=row.unit_id, by=by, at=at, opens=[owed] if drawn else [],
        data={"frame": len(units), "digest": row.frame_digest, "drawn": [one.ticket for one in drawn]},
    )  # fmt: skip
    return row


@transaction.atomic
def record_call(
    *, code: str, heard: Heard, by: Actor, at: datetime, done: Said | str = "", satisfied: Said | str = "", note: str = ""
) -> Call:
    """What the resident said; what was not done is disputed with it, and the unit above must look (未办先结).

    The caller stands in no unit whose work is asked about.
    """
    row = locked(Call, code)
    asked = Draw.objects.select_for_update(of=("self",), no_key=True).get(pk=row.draw_id)
    permit(by, Operation.MAKE_CALL, asked.unit_id)
    request = locked(ResidentRequest, row.request_id)
    if not covers(by, asked.unit_id) or rules.concerned(by.unit, request.about_id or ""):
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    rules.require_other_caller(caller=by.unit, owner=request.unit_id)
    if row.state != CallState.OPEN:
        message = "this call is recorded"
        raise Refused(message, remedy="A second call is a second draw.")
    if heard is Heard.REACHED and not (done and satisfied):
        message = "say whether it was done, and whether the resident is satisfied"
        raise InputFault(message, column="satisfied" if done else "done")
    answered = heard is Heard.REACHED
    row.state, row.called_at, row.called_by, row.note = CallState(heard.value), at, signature(by), note.strip()[:300]
    row.done, row.satisfied = (str(done), str(satisfied)) if answered else ("", "")
    row.save(update_fields=("state", "called_at", "called_by", "note", "done", "satisfied"))
    commit(
        tag=LineTag.CALL_MADE, subject=f"call:{row.pk}", unit=asked.unit_id, by=by, at=at, personal={"note": row.note},
        data={"request": request.pk, "heard": row.state, "done": row.done, "satisfied": row.satisfied},
    )  # fmt: skip
    if row.done == Said.NO and request.state in rules.DISPUTED_FROM | rules.CONFIRMED_FROM:
        disputed(request, why=row.note or "called back: it is not done", by=by, at=at)
    _tally(asked, by=by, at=at)
    return row


def _tally(row: Draw, *, by: Actor, at: datetime) -> None:
    counts = row.calls.aggregate(
        called=Count("pk", filter=~Q(state=CallState.OPEN)),
        reached=Count("pk", filter=Q(state=CallState.REACHED)),
        not_done=Count("pk", filter=Q(done=Said.NO)),
    )
    row.called, row.reached, row.not_done = counts["called"], counts["reached"], counts["not_done"]
    answers = row.calls.filter(state=CallState.REACHED).values_list("weight", "satisfied")
    found = sampling.estimate([(weight, satisfied == Said.YES) for weight, satisfied in answers])
    if found is not None:
        row.satisfied, row.satisfied_low, row.satisfied_high = found.share, found.low, found.high
    finished = row.called == row.drawn
    if finished:
        row.state = DrawState.FINISHED
    row.save()
    if finished:
        commit(
            tag=LineTag.DRAW_FINISHED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[CALLED],
            data={"reached": row.reached, "not_done": row.not_done, "drawn": row.drawn},
        )  # fmt: skip


def about(code: str) -> str:
    """How ledger and duties name a draw."""
    return f"draw:{code}"
