"""Requests that belong together (归并): the same one filed twice, and many with one cause from one compound (G4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, signature
from bulou.duties.by_set import fulfil_many_by_fact
from bulou.duties.opening import Owed
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import LineTag
from bulou.policy import Pack
from bulou.requests import rules
from bulou.requests.choices import ANSWERED, ROSE, Category, CauseState, RequestState
from bulou.requests.models import Cause, ResidentRequest
from bulou.units.models import Unit

ALIKE = (
    "unit_id",
    "offered_to_id",
    "state",
    "due_at",
    "closed_at",
    "closed_by",
    "closed_late",
    "evidence",
    "reason",
)  # fmt: skip - what a duplicate shares with the request that it repeats


def same(row: ResidentRequest) -> ResidentRequest | None:
    """The live request that this one repeats: same telephone number, category and compound; None without a number."""
    if not row.phone:
        return None
    low, high = codes.below(rules.compound(row.place_code) or row.place_code)
    found = ResidentRequest.objects.filter(
        phone=row.phone, category=row.category, about=row.about_id, state__in=rules.LIVE, same_as=None
    )
    there = Q(place_code__gte=low, place_code__lt=high) if rules.compound(row.place_code) else Q(place_code=row.place_code)
    found = found.filter(there)
    return found.order_by("filed_at", "code").first()


def stand_like(row: ResidentRequest, first: ResidentRequest) -> None:
    """A duplicate stands like the request that it repeats, until its own resident says otherwise."""
    for name in ALIKE:
        setattr(row, name, getattr(first, name))


def join(row: ResidentRequest, *, pack: Pack, by: Actor, at: datetime) -> Cause | None:
    """Put a new request beside like ones from its compound, and alarm when they are more than usual; None when it is alone."""
    place = rules.compound(row.place_code)
    if not place or row.same_as_id:
        return None
    window = pack.span("request_window")
    recent = _like(row, place).filter(filed_at__gt=at - window)
    found = Cause.objects.select_for_update().exclude(state=CauseState.SETTLED).filter(place_code=place, category=row.category)
    cause = found.first()
    if cause is None:
        if recent.count() < pack.amount("request_joined_from"):
            return None
        cause, made = Cause.objects.get_or_create(
            place_code=place, category=row.category, state=CauseState.OPEN,
            defaults={"code": public_id("RC", at), "unit_id": _unit(row, place), "opened_at": at, "latest_at": at},
        )  # fmt: skip
        if made:
            commit(tag=LineTag.CAUSE_OPENED, subject=about(cause.pk), unit=cause.unit_id, by=by, at=at, data={"place": place})
    recent.filter(cause=None).update(cause=cause)
    row.cause = cause
    cause.requests_joined, cause.latest_at = cause.requests.count(), at
    cause.save(update_fields=("requests_joined", "latest_at"))
    _watch(cause, row, recent.count(), pack=pack, by=by, at=at)
    return cause


def _like(row: ResidentRequest, place: str) -> QuerySet[ResidentRequest]:
    low, high = codes.below(place)
    return ResidentRequest.objects.filter(category=row.category, place_code__gte=low, place_code__lt=high, same_as=None)


def _unit(row: ResidentRequest, place: str) -> str:
    """Whose the requests are together: the compound's own unit; of complaints, or where it has none, the owner of this one."""
    own = row.about_id is None and Unit.objects.filter(pk=place).exists()
    return place if own else row.unit_id


def _watch(cause: Cause, row: ResidentRequest, count: int, *, pack: Pack, by: Actor, at: datetime) -> None:
    """More than usual: the street knows at once, before the gate fills; an alarm is given once for a cause."""
    if cause.rose_at is not None:
        return
    window, over = pack.span("request_window"), pack.span("request_usual_over")
    before = _like(row, cause.place_code).filter(filed_at__gt=at - window - over, filed_at__lte=at - window).count()
    mean = rules.usual(before, days=over / timedelta(days=1), window=window)
    rose = rules.rises(
        count, mean=mean, at_least=int(pack.amount("request_rise_at_least")), chance=pack.amount("request_rise_chance"),
        floor=pack.amount("request_rise_floor"),
    )  # fmt: skip
    if not rose:
        return
    cause.rose_at, cause.usual = at, mean
    cause.save(update_fields=("rose_at", "usual"))
    hours = f"{window / timedelta(hours=1):g}"
    owed = Owed(
        kind=ROSE, about=about(cause.pk), label=cause.pk, place_code=cause.place_code, facts={"rose_at": at},
        issuer=cause.place_code, why=f"{count} in {hours} h, usual {mean:.1f}",
    )  # fmt: skip
    commit(
        tag=LineTag.CAUSE_ROSE, subject=about(cause.pk), unit=cause.unit_id, by=by, at=at, opens=[owed],
        data={"count": count, "usual": round(mean, 2), "hours": hours},
    )  # fmt: skip


@transaction.atomic
def answer_cause(*, code: str, answer: str, by: Actor, at: datetime) -> Cause:
    """Somebody is there, and says what is done for all of them; the requests stay owed until it is done."""
    row = _cause(code, by)
    row.answer = rules.require_said(answer, column="answer", message="say who is there and what is done")[:300]
    row.state, row.answered_at = CauseState.ANSWERED, at
    row.save(update_fields=("state", "answer", "answered_at"))
    commit(
        tag=LineTag.CAUSE_ANSWERED,
        subject=about(row.pk),
        unit=row.unit_id,
        by=by,
        at=at,
        data={"note": row.answer},
        closes=[ROSE],
    )
    return row


@transaction.atomic
def settle_cause(*, code: str, evidence: str, by: Actor, at: datetime) -> Cause:
    """The cause is gone: every joined request that is worked on is said to be done, with this evidence.

    One that a resident disputed before, or that complains about a unit, is not: it is answered by itself.
    """
    row = _cause(code, by)
    row.evidence = rules.require_said(evidence, column="evidence", message="say what shows it")[:200]
    row.state, row.settled_at = CauseState.SETTLED, at
    row.save(update_fields=("state", "evidence", "settled_at"))
    live = row.requests.select_for_update(of=("self",), no_key=True).filter(
        state__in=rules.WORKED_ON, disputes=0, about=None, same_as=None
    )
    found = list(live.order_by("code"))
    chosen = [one.pk for one in found]
    for late in (True, False):
        some = [one.pk for one in found if (one.due_at < at) is late]
        for rows in (ResidentRequest.objects.filter(pk__in=some), ResidentRequest.objects.filter(same_as__in=some)):
            rows.update(
                state=RequestState.DONE_CLAIMED, closed_at=at, closed_by=signature(by), evidence=row.evidence, closed_late=late
            )
    ledger.record_many(
        ledger.Draft(
            tag=LineTag.REQUEST_DONE, subject=f"request:{one.pk}", unit=one.unit_id, by=by, at=at,
            data={"evidence": row.evidence, "cause": row.pk},
        )
        for one in found
    )  # fmt: skip
    kind = ANSWERED[Category(row.category)]
    refs = {f"request:{pk}": row.pk for pk in chosen}
    fulfil_many_by_fact(kind=kind, refs=refs, tag=LineTag.CAUSE_SETTLED, by=by, at=at)
    commit(
        tag=LineTag.CAUSE_SETTLED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[ROSE],
        data={"evidence": row.evidence, "requests": len(chosen)},
    )  # fmt: skip
    return row


def _cause(code: str, by: Actor) -> Cause:
    row = locked(Cause, code)
    permit(by, Operation.KEEP_REQUEST, row.unit_id, row.place_code)
    if row.state == CauseState.SETTLED:
        message = "the cause is settled"
        raise Refused(message, remedy="New requests are joined anew.")
    return row


def about(code: str) -> str:
    """How ledger and duties name a cause."""
    return f"request_cause:{code}"
