"""The interview form as the pack holds it: which questions are asked, whether an answer is one, what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bulou.kernel import clock
from bulou.kernel.errors import InputFault
from bulou.policy.choices import AnswerType
from bulou.policy.forms import Question

Answer = str | float | list[str]
_LONGEST = 2_000  # characters of a free answer
_YES_NO = {"yes", "no"}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a form is: required questions asked of this case, and those of them without an answer."""

    answered: int
    required: int
    missing: tuple[str, ...]


def asked(form: Mapping[str, Question], answers: Mapping[str, Answer]) -> list[Question]:
    """The questions that are asked, given the answers so far, in the form's order."""
    return [
        one
        for one in form.values()
        if one.asked_if is None or _says(answers.get(one.asked_if[0]), one.asked_if[1])
    ]  # fmt: skip


def _says(answer: Answer | None, wanted: str) -> bool:
    return wanted in answer if isinstance(answer, list) else answer == wanted


def progress(form: Mapping[str, Question], answers: Mapping[str, Answer]) -> Progress:
    """What is answered and what is missing."""
    required = [one.id for one in asked(form, answers) if one.required]
    return Progress(len(answers), len(required), tuple(one for one in required if one not in answers))


def validated(form: Mapping[str, Question], given: Mapping[str, object]) -> dict[str, Answer]:
    """The answers as the form takes them; blank ones say nothing. ``InputFault`` names the question."""
    return {name: value for name, text in given.items() if (value := _value(form, name, text)) is not None}


def _value(form: Mapping[str, Question], name: str, given: object) -> Answer | None:
    question = form.get(name)
    if question is None:
        message = f"the form has no question {name!r}"
        raise InputFault(message, column=name[:48], remedy=f"Questions: {', '.join(form)}.")
    if isinstance(given, list):
        parts = [str(one).strip() for one in given if str(one).strip()]
        if question.type is AnswerType.CHOICES:
            return _choices(question, parts) if parts else None
        given = parts[0] if len(parts) == 1 else ";".join(parts)
    text = str(given).strip()
    if not text:
        return None
    if len(text) > _LONGEST:
        raise _fault(question, f"longer than {_LONGEST:,} characters", "Shorten it.")
    return _typed(question, text)


def _typed(question: Question, text: str) -> Answer:
    readers: Mapping[AnswerType, Callable[[Question, str], Answer]] = {
        AnswerType.CHOICES: lambda one, said: _choices(one, [part.strip() for part in said.split(";") if part.strip()]),
        AnswerType.CHOICE: lambda one, said: _choices(one, [said])[0],
        AnswerType.YES_NO: _yes_no,
        AnswerType.NUMBER: _number,
        AnswerType.DATE: _day,
        AnswerType.INSTANT: _instant,
        AnswerType.TEXT: lambda _, said: said,
    }
    return readers[question.type](question, text)


def _yes_no(question: Question, text: str) -> str:
    if text not in _YES_NO:
        raise _fault(question, f"{text!r} is neither yes nor no", "Write yes or no.")
    return text


def _choices(question: Question, parts: Iterable[str]) -> list[str]:
    known = [one.value for one in question.options]
    wrong = [one for one in parts if one not in known]
    if wrong:
        raise _fault(question, f"{wrong[0]!r} is not one of the answers", f"Answers: {', '.join(known)}.")
    return list(parts)


def _number(question: Question, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _fault(question, f"{text!r} is not a number", "Write digits.") from None
    low = value < question.least if question.least is not None else False
    high = value > question.most if question.most is not None else False
    if value != value or low or high:  # noqa: PLR0124 - a NaN is unlike itself
        raise _fault(question, f"{text} is out of range", f"Give {question.least:g} to {question.most:g}.")
    return value


def _day(question: Question, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise _fault(question, f"{text!r} is not a day", "Write it as 2022-09-20.") from None


def _instant(question: Question, text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise _fault(question, f"{text!r} is not an instant", "Write it as 2022-09-20T14:26.") from None
    return clock.as_utc(found if found.tzinfo else found.replace(tzinfo=clock.CITY_ZONE)).isoformat()


def _fault(question: Question, message: str, remedy: str) -> InputFault:
    return InputFault(message, column=question.id, remedy=remedy)
