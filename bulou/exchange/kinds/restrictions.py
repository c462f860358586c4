"""Proposals of restrictions from a file: a batch stands or falls together, and a list of names without evidence falls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.exchange.by_row import Answer, Record, RowKind
from bulou.exchange.kinds import fields
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault
from bulou.restrictions import actions, queries
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction

COLUMNS = (
    "kind", "person_id", "place_code", "evidence", "legal_basis", "reason", "starts_at", "ends_at", "code", "state",
    "proposed_unit", "approved_unit",
)  # fmt: skip


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The register that the reader may see: what is proposed, and what holds at this instant."""
    del round_code
    seen = queries.visible(by)
    for row in (seen.filter(state="proposed") | seen.filter(queries.holding(clock.city()))).order_by("code").iterator():
        yield (
            row.kind, row.person_id, row.place_code, str(row.evidence_id), row.legal_basis, row.reason,
            fields.shown(row.starts_at), fields.shown(row.ends_at), row.pk, row.state, row.proposed_unit_id,
            row.approved_unit_id or "",
        )  # fmt: skip


def _read(record: Record) -> actions.Wanted:
    row = record[0]
    if row["kind"] not in set(Kind):
        message = f"{row['kind']!r} is not a kind"
        raise InputFault(message, column="kind", remedy=f"Kinds: {', '.join(Kind)}.")
    return actions.Wanted(
        kind=Kind(row["kind"]),
        person_id=fields.text(row, "person_id", most=40),
        place_code=fields.text(row, "place_code", most=64, needed=True),
        # Without evidence the row is not refused alone: it belongs to a list that is stopped, and alarms.
        evidence_id=fields.number(row, "evidence", default=0, most=9_223_372_036_854_775_807),
        legal_basis=fields.text(row, "legal_basis", most=64),
        reason=fields.text(row, "reason", most=300),
        starts_at=fields.instant(row, "starts_at"),
        ends_at=fields.instant(row, "ends_at"),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    answers: dict[int, Answer] = {}
    wanted: dict[int, actions.Wanted] = {}
    for place, record in enumerate(records):
        try:
            wanted[place] = _read(record)
        except BulouError as fault:
            answers[place] = fault
    before = set(
        Restriction.objects.filter(
            evidence_id__in={one.evidence_id for one in wanted.values()}, state__in=("proposed", "in_force")
        ).values_list("pk", flat=True)
    )
    try:
        with transaction.atomic():
            made = actions.propose_many(wanted=list(wanted.values()), reason="imported", by=by, at=at)
        answers |= {place: row.pk not in before for place, row in zip(wanted, made, strict=True)}
    except BulouError as fault:
        actions.sound(fault)
        answers |= dict.fromkeys(wanted, fault)
    return [answers[place] for place in range(len(records))]


KIND = RowKind(
    key=("kind", "person_id", "place_code", "evidence"),
    needed=("kind", "place_code", "starts_at", "ends_at"),
    optional=("person_id", "evidence", "legal_basis", "reason", "code", "state", "proposed_unit", "approved_unit"),
    take=_take,
    operation=Operation.PROPOSE_RESTRICTION,
)
