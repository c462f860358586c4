"""Public reads: what is published for a door, and what was answered. No reader is asked for, and no person is in them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from bulou.kernel import codes
from bulou.notices.choices import NoticeState, QuestionState
from bulou.notices.models import AskedQuestion, NoticeDelivery, PlainNotice


def in_force(place: str, *, at: datetime) -> QuerySet[PlainNotice]:
    """The notices in force for a building; for a community, those for any of its buildings. The latest first."""
    community, building = codes.up_to(place, codes.Level.COMMUNITY), codes.up_to(place, codes.Level.BUILDING)
    low, high = codes.below(community)
    here = Q(place_code__in=(building, community)) if building else Q(place_code__gte=low, place_code__lt=high)
    told = NoticeDelivery.objects.filter(here).values("notice")
    found = PlainNotice.objects.filter(state=NoticeState.PUBLISHED, starts_at__lte=at, ends_at__gt=at, pk__in=told)
    return found.select_related("unit").order_by("-published_at", "code")


def answers(place: str = "") -> QuerySet[AskedQuestion]:
    """What was answered around a place, or anywhere: at the place, below it, or for all above it. The latest first."""
    found = AskedQuestion.objects.filter(state=QuestionState.ANSWERED).select_related("unit")
    if place:
        low, high = codes.below(place)
        found = found.filter(Q(place_code__gte=low, place_code__lt=high) | Q(place_code__in=codes.chain(place)))
    return found.order_by("-answered_at", "code")
