"""Cases and contacts that a search finds: by their number, or by the whole number of a person or tube."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.investigation import listing, queries
from bulou.kernel.actor import Actor
from bulou.web.case_words import case_chip, contact_chip, person
from bulou.web.show.reading import Hit, HitGroup
from bulou.web.show.words import list_words

MOST = 8


def hits(by: Actor, query: str) -> HitGroup | None:
    """What the reader may see of it, masked."""
    if not query:
        return None
    found: list[Hit] = []
    if may(by, Operation.SEE_CASES):
        rows = queries.cases(by).filter(Q(pk__startswith=query) | Q(person_id=query) | Q(tube_id=query))
        found += [
            Hit(
                label=row.pk,
                note=list_words([person(row.person_id), row.place_code]),
                href=reverse("web:case", args=[row.pk]),
                chip=case_chip(row),
            )
            for row in rows[:MOST]
        ]
    if may(by, Operation.SEE_CONTACTS):
        contacts = listing.contacts(by).filter(Q(pk__startswith=query) | Q(person_id=query))
        found += [
            Hit(
                label=row.pk,
                note=list_words([person(row.person_id), row.case_id]),
                href=reverse("web:contact", args=[row.pk]),
                chip=contact_chip(row),
            )
            for row in contacts[:MOST]
        ]
    if not found:
        return None
    return HitGroup(heading=gettext("Cases and contacts"), hits=tuple(found), total=len(found))
