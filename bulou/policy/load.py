"""Reading packs strictly: an unknown key, a bad value or a missing source is an error that names file and line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bulou.kernel.errors import PolicyFault
from bulou.policy.checklists import ChecklistItem, read_item
from bulou.policy.choices import HandoverKind, Owner, Status, Tell
from bulou.policy.forms import Grading, Question, read_grading, read_question
from bulou.policy.model import Due, DutyRule, EscalationStep, Number, Pack, RestrictionRule, Term
from bulou.policy.restrictions import hold_together, read_restriction
from bulou.policy.rules import DUE_RULES
from bulou.policy.toml_file import TomlFile, as_span, as_word, check_keys

PACKS = Path(__file__).parent / "packs"
CASES_SUFFIX = ".cases.toml"

_TABLES = {"pack", "duty", "number", "question", "grading", "restriction", "item"}
_PACK_KEYS = {"name", "version", "title_en", "title_zh", "disease", "valid_from", "valid_until", "legal_basis"}
_DUTY_KEYS = {
    "kind", "line", "says", "says_zh", "owner", "starts", "due", "closed_by", "handover", "answer_within", "escalate",
    "source", "status", "restricts", "legal_basis", "ends_after",
}  # fmt: skip
_DUTY_NEEDED = {"kind", "line", "says", "says_zh", "owner", "starts", "due", "source", "status"}
_NUMBER_KEYS = {"name", "value", "unit", "source", "status"}


def _due(source: TomlFile, value: Any, *, anchor: str) -> Due:
    if not isinstance(value, dict):
        raise source.fault("due is a table", anchor=anchor, key="due")
    if "rule" in value:
        if set(value) != {"rule"} or value["rule"] not in DUE_RULES:
            raise source.fault(f"no due rule is called {value.get('rule')!r}", anchor=anchor, key="due")
        return Due(rule=value["rule"])
    terms = value["earliest_of"] if set(value) == {"earliest_of"} else [value]
    found = []
    for term in terms:
        if set(term) - {"from", "plus"} or "from" not in term:
            raise source.fault("a due term is { from, plus }", anchor=anchor, key="due")
        found.append(Term(term["from"], as_span(source, term.get("plus", "PT0M"), anchor=anchor, key="due")))
    if not found:
        raise source.fault("earliest_of names no term", anchor=anchor, key="due")
    return Due(terms=tuple(found))


def _step(source: TomlFile, value: Mapping[str, Any], *, anchor: str) -> EscalationStep:
    when = {"before", "after"} & set(value)
    if len(when) != 1 or set(value) - {"before", "after", "to"} or "to" not in value:
        raise source.fault("an escalation step is { before | after, to }", anchor=anchor, key="escalate")
    side = when.pop()
    span = as_span(source, value[side], anchor=anchor, key="escalate")
    to = as_word(source, Tell, value["to"], anchor=anchor, key="escalate")
    return EscalationStep(f"{side}:{value[side]}:{to.value}", -span if side == "before" else span, to)


def _duty(source: TomlFile, table: Mapping[str, Any]) -> DutyRule:
    anchor = f'kind = "{table.get("kind", "")}"'
    check_keys(source, table, _DUTY_KEYS, _DUTY_NEEDED, anchor=anchor)
    if not str(table["source"]).strip():
        raise source.fault("a duty names its source", anchor=anchor, key="source")
    restricts = bool(table.get("restricts", False))
    if restricts and not (table.get("legal_basis") and table.get("ends_after")):
        raise source.fault("a restriction needs a legal basis and an end", anchor=anchor, key="restricts")
    escalate = tuple(_step(source, step, anchor=anchor) for step in table.get("escalate", ()))
    if len({step.key for step in escalate}) != len(escalate):
        raise source.fault("the same escalation step stands twice", anchor=anchor, key="escalate")
    ends_after = table.get("ends_after")
    return DutyRule(
        kind=table["kind"],
        line=table["line"],
        says_en=table["says"],
        says_zh=table["says_zh"],
        owner=as_word(source, Owner, table["owner"], anchor=anchor, key="owner"),
        starts=table["starts"],
        due=_due(source, table["due"], anchor=anchor),
        closed_by=tuple(table.get("closed_by", ())),
        handover=as_word(source, HandoverKind, table.get("handover", "offer"), anchor=anchor, key="handover"),
        answer_within=as_span(source, table.get("answer_within", "PT15M"), anchor=anchor, key="answer_within"),
        escalate=escalate,
        source=table["source"],
        status=as_word(source, Status, table["status"], anchor=anchor, key="status"),
        restricts=restricts,
        legal_basis=table.get("legal_basis", ""),
        ends_after=as_span(source, ends_after, anchor=anchor, key="ends_after") if ends_after else None,
    )


def _number(source: TomlFile, table: Mapping[str, Any]) -> Number:
    anchor = f'name = "{table.get("name", "")}"'
    check_keys(source, table, _NUMBER_KEYS, _NUMBER_KEYS, anchor=anchor)
    value = table["value"]
    return Number(
        name=table["name"],
        value=tuple(value) if isinstance(value, list) else value,
        unit=table["unit"],
        source=table["source"],
        status=as_word(source, Status, table["status"], anchor=anchor, key="status"),
    )


def read_pack(folder: Path) -> Pack:  # noqa: C901 - one straight reading of a folder
    """Read and validate one version of a pack from its folder; ``PolicyFault`` names file and line."""
    head: dict[str, Any] = {}
    duties: dict[str, DutyRule] = {}
    numbers: dict[str, Number] = {}
    questions: dict[str, Question] = {}
    gradings: list[Grading] = []
    restrictions: dict[str, RestrictionRule] = {}
    items: dict[str, tuple[ChecklistItem, ...]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name.endswith(CASES_SUFFIX):
            continue
        source = TomlFile(path)
        check_keys(source, source.values, _TABLES, set(), anchor="")
        if "pack" in source.values:
            needed = _PACK_KEYS - {"valid_until", "legal_basis"}
            check_keys(source, source.values["pack"], _PACK_KEYS, needed, anchor="[pack]")
            head = source.values["pack"]
        for table in source.values.get("duty", ()):
            made = _duty(source, table)
            if made.kind in duties:
                raise source.fault(f"the duty {made.kind} stands twice", anchor=f'kind = "{made.kind}"', key="kind")
            duties[made.kind] = made
        for table in source.values.get("number", ()):
            number = _number(source, table)
            if number.name in numbers:
                raise source.fault(f"the number {number.name} stands twice", anchor=f'name = "{number.name}"')
            numbers[number.name] = number
        for table in source.values.get("question", ()):
            question = read_question(source, table, known=questions)
            questions[question.id] = question
        gradings += [read_grading(source, table) for table in source.values.get("grading", ())]
        for table in source.values.get("restriction", ()):
            restricted = read_restriction(source, table, known=restrictions)
            restrictions[restricted.kind] = restricted
        for table in source.values.get("item", ()):
            item = read_item(source, table, known=items)
            items[item.checklist] = (*items.get(item.checklist, ()), item)
    if not head:
        message = "no file of the pack has a [pack] table"
        raise PolicyFault(message, file=folder.name)
    bases: dict[str, str] = head.get("legal_basis", {})
    hold_together(duties, restrictions, bases, folder.name)
    return Pack(
        name=head["name"],
        version=head["version"],
        title_en=head["title_en"],
        title_zh=head["title_zh"],
        disease=head["disease"],
        valid_from=head["valid_from"],
        valid_until=head.get("valid_until"),
        duties=duties,
        numbers=numbers,
        questions=questions,
        gradings=tuple(gradings),
        legal_bases=bases,
        restrictions=restrictions,
        items=items,
    )


def pack_names() -> list[str]:
    """The packs that are installed."""
    return sorted(path.name for path in PACKS.iterdir() if path.is_dir())


@cache
def versions(name: str) -> tuple[Pack, ...]:
    """All versions of a pack, by the day from which they hold."""
    folder = PACKS / name
    if not folder.is_dir():
        message = f"no policy pack is called {name!r}"
        raise PolicyFault(message, remedy=f"Installed: {', '.join(pack_names())}.")
    return tuple(sorted((read_pack(path) for path in folder.iterdir() if path.is_dir()), key=lambda pack: pack.valid_from))


@cache
def load_pack(name: str = "guiyang-2022", version: str = "") -> Pack:
    """A pack in the version asked for, else in its newest: an open duty asks for the version it was opened under."""
    found = versions(name)
    if not version:
        return found[-1]
    chosen = next((pack for pack in found if pack.version == version), None)
    if chosen is None:
        message = f"the pack {name} has no version {version}"
        raise PolicyFault(message, remedy=f"Known: {', '.join(pack.version for pack in found)}.")
    return chosen


@cache
def pack_in_force(name: str, on: date) -> Pack:
    """The version in force on a day: the newest that has begun; before the first begins, the first."""
    found = versions(name)
    begun = [pack for pack in found if pack.valid_from <= on]
    return begun[-1] if begun else found[0]
