"""Questions and rumours: asked by anybody, owned, answered in public with what the answer rests on; never who asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, pack_at, signature
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.opening import Owed, existing_owners, owner_of
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.notices import rules
from bulou.notices.choices import ANSWERED, AskedKind, How, QuestionState, Verdict
from bulou.notices.models import AskedQuestion


@transaction.atomic
def ask_question(
    *, kind: AskedKind, text: str, how: How, place_code: str, by: Actor, at: datetime, code: str = ""
) -> AskedQuestion:
    """A desk or a worker takes down what somebody asks, or what is told; not who."""
    permit(by, Operation.ASK_QUESTION, place_code)
    return ask_openly(kind=kind, text=text, how=how, place_code=place_code, code=code, by=by, at=at)


@transaction.atomic
def ask_openly(
    *, kind: AskedKind, text: str, how: How, place_code: str, by: Actor, at: datetime, code: str = ""
) -> AskedQuestion:
    """The same without a role: the residents' own page. Said again in the same words, it is one question, asked more often.

    What was answered within the pack's days is not asked anew: the row that comes back holds the answer.
    """
    if not text.strip():
        message = "say what is asked, or what is told"
        raise InputFault(message, column="text")
    pack = pack_at(at)
    wanted = owner_of(pack.duty(ANSWERED[kind]), Owed(kind=ANSWERED[kind], about="", label="", place_code=place_code))
    unit, same = existing_owners([wanted])[wanted], rules.sameness(text)
    said = AskedQuestion.objects.select_for_update(of=("self",), no_key=True).filter(kind=kind, same=same, scope=unit)
    known = None if code else _known(said.order_by("-asked_at", "code"), since=at - pack.span("question_answer_stands"))
    if known is not None:
        return _again(known, how=how, by=by, at=at)
    row = AskedQuestion(
        code=code or public_id("AQ", at), kind=kind, text=text.strip()[:300], same=same, how=how, unit_id=unit, scope=unit,
        place_code=place_code, asked_at=at, last_at=at, due_at=due_of(ANSWERED[kind], at=at, facts={"asked_at": at}),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody asked the same at the same instant
        return _again(said.get(state=QuestionState.OPEN), how=how, by=by, at=at)
    owed = Owed(
        kind=ANSWERED[kind], about=about(row.pk), label=row.text[:160], place_code=place_code, owners={"explicit": unit},
        facts={"asked_at": at},
    )  # fmt: skip
    commit(
        tag=LineTag.QUESTION_ASKED,
        subject=about(row.pk),
        unit=unit,
        by=by,
        at=at,
        data={"kind": kind, "how": how},
        opens=[owed],
    )
    return row


def _known(found: Iterable[AskedQuestion], *, since: datetime) -> AskedQuestion | None:
    """The open question of the same words, or the one that was answered lately; a joined one by the one it joined."""
    rows = [one.same_as if one.same_as is not None else one for one in found]
    return next(
        (one for one in rows if one.state == QuestionState.OPEN or (one.answered_at is not None and one.answered_at > since)),
        None,
    )


def _again(row: AskedQuestion, *, how: How, by: Actor, at: datetime) -> AskedQuestion:
    row.times, row.last_at = row.times + 1, at
    row.save(update_fields=("times", "last_at"))
    commit(
        tag=LineTag.QUESTION_AGAIN, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"how": how, "times": row.times}
    )
    return row


@transaction.atomic
def pass_question(*, code: str, unit: str, by: Actor, at: datetime) -> AskedQuestion:
    """The desk says who knows the answer; the duty passes with it and its clock runs on."""
    row = _open(code, by, doing="passed on")
    handovers.pass_by_fact(kind=ANSWERED[AskedKind(row.kind)], about=about(row.pk), to_unit=unit, by=by, at=at)
    passed_by_fact(code=code, unit=unit, by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def passed_by_fact(*, code: str, unit: str, by: Actor, at: datetime) -> None:
    """The duty of a question has this owner now: the question follows it."""
    row = locked(AskedQuestion, code)
    if row.state == QuestionState.OPEN and row.unit_id != unit:
        row.unit_id = unit
        row.save(update_fields=("unit",))
        commit(tag=LineTag.QUESTION_PASSED, subject=about(row.pk), unit=unit, by=by, at=at, data={"to": unit})


@transaction.atomic
def join_question(*, code: str, first: str, by: Actor, at: datetime) -> AskedQuestion:
    """The desk finds that this one says the same in other words: one is answered, and both askers read it."""
    row = _open(code, by, doing="joined")
    other = (
        AskedQuestion.objects.select_for_update(of=("self",), no_key=True).filter(pk=first, kind=row.kind, same_as=None).first()
    )
    if other is None or other.pk == row.pk:
        message = "no such question of the same kind"
        raise InputFault(message, column="first", remedy="Write the number of the first one.")
    other.times += row.times
    other.save(update_fields=("times",))
    row.joined.update(same_as=other)
    row.state, row.same_as = QuestionState.JOINED, other
    row.save(update_fields=("state", "same_as"))
    kind = ANSWERED[AskedKind(row.kind)]
    duties.supersede_by_fact(kind=kind, about=about(row.pk), successor=about(other.pk), by=by, at=at)
    commit(tag=LineTag.QUESTION_JOINED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"first": other.pk})
    return row


@transaction.atomic
def answer_question(
    *, code: str, answer_zh: str, answer_en: str, evidence: str, by: Actor, at: datetime, verdict: Verdict | None = None
) -> AskedQuestion:
    """Answer in both languages with what it rests on; everybody reads it from now on. A rumour is refuted or confirmed.

    An answer may be put right by another; the ledger keeps the one before.
    """
    row = locked(AskedQuestion, code)
    permit(by, Operation.ANSWER_QUESTION, row.unit_id)
    if row.state == QuestionState.JOINED:
        message = f"it is answered with {row.same_as_id}"
        raise Refused(message, code="question-state", remedy="Answer the first one.")
    said = {"answer_zh": answer_zh, "answer_en": answer_en, "evidence": evidence}
    rules.require_answer(kind=AskedKind(row.kind), verdict=verdict or None, said=said)
    tag = LineTag.QUESTION_CORRECTED if row.state == QuestionState.ANSWERED else LineTag.QUESTION_ANSWERED
    row.answer_zh, row.answer_en, row.evidence = answer_zh.strip()[:2_000], answer_en.strip()[:2_000], evidence.strip()[:200]
    row.verdict, row.state, row.answered_at, row.answered_by = verdict or "", QuestionState.ANSWERED, at, signature(by)
    row.save()
    commit(
        tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[ANSWERED[AskedKind(row.kind)]],
        data={"verdict": row.verdict, "answer_zh": row.answer_zh, "answer_en": row.answer_en, "evidence": row.evidence},
    )  # fmt: skip
    return row


def _open(code: str, by: Actor, *, doing: str) -> AskedQuestion:
    row = locked(AskedQuestion, code)
    permit(by, Operation.ANSWER_QUESTION, row.unit_id, row.place_code)
    if row.state != QuestionState.OPEN:
        message = f"it is {row.state} and cannot be {doing}"
        raise Refused(message, code="question-state", remedy="Look at its story.")
    return row


def about(code: str) -> str:
    """How ledger and duties name a question."""
    return f"question:{code}"
