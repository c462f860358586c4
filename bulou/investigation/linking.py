"""Who infected whom (传播关系): links between cases, several possible infectors of one, never a circle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.investigation.choices import CaseStatus, Certainty, Setting
from bulou.investigation.models import Case, CaseLink
from bulou.investigation.rules import case_about, chains
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, Conflict, InputFault, NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSeen:
    """One link as somebody states it; ``note`` is the setting in the source's own words."""

    infector: str
    case: str
    setting: Setting = Setting.UNKNOWN
    certainty: Certainty = Certainty.PROBABLE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """The link that stands, and whether this act made it."""

    link: CaseLink
    created: bool


def link_cases(
    *,
    infector: str,
    case: str,
    by: Actor,
    at: datetime,
    setting: Setting = Setting.UNKNOWN,
    certainty: Certainty = Certainty.PROBABLE,
    note: str = "",
) -> CaseLink:
    """State that one case infected another; said again alike, the link that stands is returned.

    ``Conflict``: it stands with another setting or certainty. ``Refused``: it would close a circle.
    """
    seen = LinkSeen(infector=infector, case=case, setting=setting, certainty=certainty, note=note)
    answer = link_many(seen=[seen], by=by, at=at)[0]
    if isinstance(answer, BulouError):
        raise answer
    return answer.link


@transaction.atomic
def link_many(*, seen: Sequence[LinkSeen], by: Actor, at: datetime) -> list[Linked | BulouError]:
    """The same for many; one answer for each, in order. One link's fault never undoes another's.

    All links that stand are read once: whether one more closes a circle is asked of them and of those before it.
    """
    permit(by, Operation.CHASE_CASE)
    named = {code for one in seen for code in (one.infector, one.case)}
    known = {
        row.pk: row
        for row in Case.objects.select_for_update(of=("self",)).filter(pk__in=named, merged_into=None).order_by("code")
    }
    stand = list(CaseLink.objects.filter(withdrawn_at=None))
    pairs = {(row.infector_id, row.case_id): row for row in stand}
    graph = [chains.Link(infector=row.infector_id, case=row.case_id) for row in stand]
    answers: list[Linked | BulouError] = []
    fresh: list[CaseLink] = []
    for one in seen:
        try:
            row = pairs.get((one.infector, one.case))
            _require_visible(one, known, by)
            if row is not None:
                _require_alike(row, one)
                answers.append(Linked(row, created=False))
                continue
            _require_possible(one, known, graph)
        except BulouError as fault:
            answers.append(fault)
            continue
        made = CaseLink(
            infector_id=one.infector, case_id=one.case, setting=one.setting.value, certainty=one.certainty.value,
            note=one.note[:160], linked_at=at, linked_by=f"{by.name} · {by.unit}"[:120],
        )  # fmt: skip
        pairs[one.infector, one.case] = made
        graph.append(chains.Link(infector=one.infector, case=one.case))
        fresh.append(made)
        answers.append(Linked(made, created=True))
    CaseLink.objects.bulk_create(fresh, batch_size=500)
    ledger.record_many(_draft(Tag.CASES_LINKED, row, known[row.case_id], {}, by=by, at=at) for row in fresh)
    return answers


def _require_visible(one: LinkSeen, known: dict[str, Case], by: Actor) -> None:
    """Either end in the actor's jurisdiction is enough: chains cross districts."""
    for column, code in (("infector", one.infector), ("case", one.case)):
        if code not in known:
            message = f"no case {code!r}"
            raise NotFound(message, column=column, remedy="Enter the case first.")
    permit(by, Operation.CHASE_CASE, known[one.infector].place_code, known[one.case].place_code)


def _require_alike(row: CaseLink, one: LinkSeen) -> None:
    said = {"setting": one.setting.value, "certainty": one.certainty.value, "note": one.note[:160]}
    differing = next((name for name, value in said.items() if getattr(row, name) != value), "")
    if differing:
        message = f"{one.infector} → {one.case} stands with another {differing}"
        raise Conflict(message, column=differing, remedy="Withdraw the link first, with a reason.")


def _require_possible(one: LinkSeen, known: dict[str, Case], graph: Sequence[chains.Link]) -> None:
    if one.infector == one.case:
        message = "nobody infects himself"
        raise InputFault(message, column="case", remedy="Name two cases.")
    excluded = next((code for code in (one.infector, one.case) if known[code].status == CaseStatus.EXCLUDED), "")
    if excluded:
        message = f"{excluded} is excluded"
        raise Refused(message, code="case-status", column="case", remedy="An excluded case infected nobody.")
    if chains.would_close_a_circle(infector=one.infector, case=one.case, links=graph):
        message = f"by its links {one.case} infected {one.infector} already"
        raise Refused(message, code="circle", column="infector", remedy="Withdraw the link that is wrong.")


@transaction.atomic
def unlink_cases(*, link: int, why: str, by: Actor, at: datetime) -> CaseLink:
    """A link was wrong: it stays in the record, withdrawn, with the reason."""
    row = CaseLink.objects.select_for_update(of=("self",)).select_related("case", "infector").filter(pk=link).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    permit(by, Operation.CHASE_CASE, row.case.place_code, row.infector.place_code)
    if not why.strip():
        message = "a withdrawal needs a reason"
        raise InputFault(message, column="why")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_why = at, why.strip()[:200]
        row.save(update_fields=("withdrawn_at", "withdrawn_why"))
        ledger.record_many([_draft(Tag.CASES_UNLINKED, row, row.case, {"why": why.strip()}, by=by, at=at)])
    return row


def _draft(
    tag: Tag, row: CaseLink, case: Case, more: dict[str, object], *, by: Actor, at: datetime
) -> ledger.Draft:  # fmt: skip
    return ledger.Draft(
        tag=tag,
        subject=case_about(row.case_id),
        unit=case.place_code,
        by=by,
        at=at,
        data={"infector": row.infector_id, "setting": row.setting, "certainty": row.certainty, **more},
    )


def standing(codes: Sequence[str]) -> list[chains.Link]:
    """The links that stand between these cases, as the pure rules take them; one statement."""
    found = CaseLink.objects.filter(Q(case__in=codes) & Q(infector__in=codes), withdrawn_at=None).order_by("id")
    return [
        chains.Link(infector=row.infector_id, case=row.case_id, setting=row.setting, certainty=row.certainty) for row in found
    ]  # fmt: skip


def cluster(code: str, *, most: int = 500) -> list[str]:
    """The cases that are linked with a case over any number of links, at most ``most``; a statement per generation."""
    found, edge = {code}, {code}
    while edge and len(found) < most:
        near = CaseLink.objects.filter(Q(case__in=edge) | Q(infector__in=edge), withdrawn_at=None)
        edge = {one for pair in near.values_list("infector_id", "case_id") for one in pair} - found
        found |= edge
    return sorted(found)
