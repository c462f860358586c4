"""The figures that a meeting begins with, frozen at its instant for the unit that holds it: what was known then."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, Sum

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.kernel import codes
from bulou.ledger.models import Entry
from bulou.orders import actions as orders
from bulou.orders.actions import Frozen
from bulou.orders.choices import Link
from bulou.orders.models import Addressee, Meeting
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import Site, TestingRound
from bulou.specimens.choices import TubeState
from bulou.specimens.models import Tube
from bulou.testing.models import Progress


def freeze_figures(entry: Entry) -> None:
    """Read and keep the figures; each with its source, each blank where nothing is known."""
    row = Meeting.objects.get(pk=entry.subject.removeprefix("meeting:"))
    place = codes.territory(row.unit_id)
    orders.freeze_figures_by_fact(code=row.pk, figures=_figures(place, at=entry.happened_at), at=entry.happened_at)


def _figures(place: str, *, at: datetime) -> list[Frozen]:
    owed = Duty.objects.filter(_below("owner", place), state=DutyState.OPEN)
    waiting = Tube.objects.filter(_below("unit_code", place), state__in=(TubeState.COLLECTED, TubeState.BOXED))
    oldest = waiting.order_by("collected_at").values_list("collected_at", flat=True).first()
    cases = Case.objects.filter(_below("place_code", place), released_at=None).exclude(status=CaseStatus.EXCLUDED)
    unopened = Addressee.objects.filter(_below("unit", place), state=Link.SENT)
    sites = Site.objects.filter(_below("unit", place), state=SiteState.OPEN)
    return [
        *_round(place),
        Frozen("sites_open", sites.count(), "rounds.site"),
        Frozen("samplers", sites.aggregate(all=Sum("samplers"))["all"] or 0, "rounds.site"),
        Frozen("tubes_waiting", waiting.count(), "specimens.tube"),
        Frozen("oldest_tube_minutes", int((at - oldest).total_seconds() // 60) if oldest else None, "specimens.tube"),
        Frozen("cases", cases.count(), "investigation.case"),
        Frozen("duties_open", owed.count(), "duties.duty"),
        Frozen("duties_overdue", owed.filter(due_at__lt=at).count(), "duties.duty"),
        Frozen("orders_unopened", unopened.count(), "orders.addressee"),
    ]


def _round(place: str) -> list[Frozen]:
    """Of the latest open round, as its progress was last counted."""
    row = TestingRound.objects.filter(state=RoundState.OPEN).order_by("-opens_at").first()
    kept = None
    if row is not None:
        kept = Progress.objects.filter(round=row, place_code=place).order_by("-as_of").first()
    names = ("roster", "tested", "missing")
    source = f"round {row.pk}, {kept.as_of:%Y-%m-%dT%H:%MZ}" if row is not None and kept is not None else "–"
    return [Frozen(name, getattr(kept, name) if kept is not None else None, source) for name in names]


def _below(field: str, place: str) -> Q:
    low, high = codes.below(place)
    return Q(**{f"{field}__gte": low, f"{field}__lt": high})
