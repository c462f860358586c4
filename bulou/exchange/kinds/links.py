"""Links between cases: who infected whom; a link that stands is not changed by a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.exchange.by_row import Answer, Record, RowKind, together
from bulou.exchange.kinds import fields
from bulou.investigation.choices import Certainty, Setting
from bulou.investigation.linking import LinkSeen, link_many
from bulou.investigation.models import CaseLink
from bulou.kernel.actor import Actor

COLUMNS = ("infector_id", "case_id", "setting", "certainty", "note")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The links that stand, of cases below the reader's unit."""
    del round_code
    permit(by, Operation.SEE_CASES)
    found = CaseLink.objects.filter(within(by, "case__place_code"), withdrawn_at=None)
    yield from found.order_by("infector_id", "case_id").values_list(
        "infector_id", "case_id", "setting", "certainty", "note"
    ).iterator()  # fmt: skip


def _seen(record: Record) -> LinkSeen:
    row = record[0]
    return LinkSeen(
        infector=fields.text(row, "infector_id", most=24, needed=True),
        case=fields.text(row, "case_id", most=24, needed=True),
        setting=fields.word(row, "setting", Setting) or Setting.UNKNOWN,
        certainty=fields.word(row, "certainty", Certainty) or Certainty.PROBABLE,
        note=fields.text(row, "note", most=160),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    return together(records, _seen, lambda seen: link_many(seen=seen, by=by, at=at))


KIND = RowKind(
    key=("infector_id", "case_id"),
    needed=("infector_id", "case_id"),
    optional=("setting", "certainty", "note"),
    take=_take,
    operation=Operation.CHASE_CASE,
)
