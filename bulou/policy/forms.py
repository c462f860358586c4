"""The interview form and the grading of contacts, as a pack's tables hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bulou.policy.choices import AnswerType, Status
from bulou.policy.toml_file import TomlFile, as_word, check_keys

_QUESTION_NEEDED = {"id", "section", "type", "asks", "asks_zh", "source", "status"}
_QUESTION_KEYS = _QUESTION_NEEDED | {"required", "options", "asked_if", "least", "most"}
_GRADING_NEEDED = {"near", "setting", "gives", "says", "says_zh", "source", "status"}
_GRADING_KEYS = _GRADING_NEEDED | {"min_minutes", "protected"}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen."""

    value: str
    says_en: str
    says_zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the interview form; ``asked_if`` names an earlier question and the answer under which it is asked."""

    id: str
    section: str
    type: AnswerType
    asks_en: str
    asks_zh: str
    required: bool
    options: tuple[Option, ...]
    asked_if: tuple[str, str] | None
    least: float | None
    most: float | None
    source: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """A rule by which an exposure makes a contact of a grade; the strictest rule that holds decides.

    ``near``: of whom the person was near, a ``case`` or a ``close`` contact. ``setting`` ``*`` is any. ``protected``:
    holds also when both were effectively protected.
    """

    near: str
    setting: str
    min_minutes: float
    protected: bool
    gives: str
    says_en: str
    says_zh: str
    source: str
    status: Status


def read_question(source: TomlFile, table: Mapping[str, Any], *, known: Mapping[str, Question]) -> Question:
    """A ``[[question]]``; ``asked_if`` may name an earlier question only, so a form has no circles."""
    anchor = f'id = "{table.get("id", "")}"'
    check_keys(source, table, _QUESTION_KEYS, _QUESTION_NEEDED, anchor=anchor)
    if table["id"] in known:
        raise source.fault(f"the question {table['id']} stands twice", anchor=anchor, key="id")
    kind = as_word(source, AnswerType, table["type"], anchor=anchor, key="type")
    options = tuple(Option(one["value"], one["says"], one["says_zh"]) for one in table.get("options", ()))
    if bool(options) != (kind in {AnswerType.CHOICE, AnswerType.CHOICES}):
        raise source.fault("options belong to a choice, and a choice has options", anchor=anchor, key="options")
    condition = table.get("asked_if")
    if condition is not None and (set(condition) != {"question", "is"} or condition["question"] not in known):
        raise source.fault("asked_if is { question, is } and names an earlier question", anchor=anchor, key="asked_if")
    return Question(
        id=table["id"],
        section=table["section"],
        type=kind,
        asks_en=table["asks"],
        asks_zh=table["asks_zh"],
        required=bool(table.get("required", False)),
        options=options,
        asked_if=(condition["question"], condition["is"]) if condition else None,
        least=table.get("least"),
        most=table.get("most"),
        source=table["source"],
        status=as_word(source, Status, table["status"], anchor=anchor, key="status"),
    )


def read_grading(source: TomlFile, table: Mapping[str, Any]) -> Grading:
    """A ``[[grading]]``."""
    anchor = f'says = "{table.get("says", "")}"'
    check_keys(source, table, _GRADING_KEYS, _GRADING_NEEDED, anchor=anchor)
    if table["near"] not in {"case", "close"}:
        raise source.fault("near is case or close", anchor=anchor, key="near")
    return Grading(
        near=table["near"],
        setting=table["setting"],
        min_minutes=float(table.get("min_minutes", 0)),
        protected=bool(table.get("protected", False)),
        gives=table["gives"],
        says_en=table["says"],
        says_zh=table["says_zh"],
        source=table["source"],
        status=as_word(source, Status, table["status"], anchor=anchor, key="status"),
    )
