"""Write the pages that are generated from code and packs: ``docs/duties.md``, ``docs/glossary.md``, ``docs/models.md``."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulou.kernel.periods import duration_text
from bulou.policy import load_pack, pack_names
from bulou.policy.model import DutyRule, Pack

if TYPE_CHECKING:
    from django.db.models import BaseConstraint, Field, Model

ROOT = Path(__file__).resolve().parent.parent
_MEMBER = re.compile(r'^\s+[A-Z0-9_]+ = "([a-z0-9_]+)"  # ([^\n]*[\u4e00-\u9fff][^\n]*)$', re.MULTILINE)


def duties() -> str:
    """Every duty of every pack: what it says, its owner, clock, escalation, source."""
    lines = ["# Duties", "", "Generated from the policy packs by `make docs`; not written by hand.", ""]
    for name in pack_names():
        pack = load_pack(name)
        lines += [f"## {pack.title_en} · {pack.title_zh}", "", f"`{pack.name}` version {pack.version}", ""]
        lines += ["| duty | line | says | 职责 | owner | clock | escalation | source |", "|---|---|---|---|---|---|---|---|"]
        lines += [_duty(rule) for _, rule in sorted(pack.duties.items())]
        lines += ["", *_numbers(pack)]
    return "\n".join(lines)


def _duty(rule: DutyRule) -> str:
    clock = rule.due.rule or " or ".join(f"{term.fact} + {duration_text(term.plus)}" for term in rule.due.terms)
    steps = "; ".join(step.key.replace(":", " ") for step in rule.escalate)
    source = f"{rule.source} ({rule.status.value})"
    cells = [f"`{rule.kind}`", rule.line, rule.says_en, rule.says_zh, rule.owner.value, clock, steps, source]
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def _numbers(pack: Pack) -> list[str]:
    lines = ["### Numbers", "", "| number | value | unit | source |", "|---|---|---|---|"]
    for name, number in sorted(pack.numbers.items()):
        value = ", ".join(map(str, number.value)) if isinstance(number.value, tuple) else str(number.value)
        lines.append(f"| `{name}` | {value} | {number.unit} | {number.source} ({number.status.value}) |")
    return [*lines, ""]


def glossary() -> str:
    """The field's terms as the code has them: every word of ``choices.py`` that carries its Chinese term."""
    lines = ["# Glossary", "", "Generated from the rooms' `choices.py` by `make docs`.", "", "| 中文 | English / code | room |"]
    lines.append("|---|---|---|")
    for path in sorted((ROOT / "bulou").glob("*/choices.py")):
        for code, chinese in _MEMBER.findall(path.read_text(encoding="utf-8")):
            lines.append(f"| {chinese} | `{code}` | {path.parent.name} |")
    lines += ["", "## Kinds of duties", "", "Whose each is and by when stands on [the page of duties](duties.md).", ""]
    lines += ["| 职责 | English | kind | pack |", "|---|---|---|---|"]
    for name in pack_names():
        for kind, rule in sorted(load_pack(name).duties.items()):
            lines.append(f"| {rule.says_zh} | {rule.says_en} | `{kind}` | {name} |")
    return "\n".join([*lines, ""])


def models() -> str:
    """Every table: its room, fields, keys, constraints, indexes, and the sentence that says what it is for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bulou.config.settings")
    os.environ.setdefault("BULOU_SECRET_KEY", "for-the-documents-only")
    import django  # noqa: PLC0415 - the other pages need no Django

    django.setup()
    from django.apps import apps  # noqa: PLC0415

    lines = ["# Models", "", "Generated from the rooms' models by `make docs`. Rooms stand from the ground up.", ""]
    rooms: dict[str, list[type[Model]]] = {}
    for model in apps.get_models():
        if model.__module__.startswith("bulou."):
            rooms.setdefault(model._meta.app_label, []).append(model)  # noqa: SLF001 - Django's documented way to ask
    for room in sorted(rooms, key=_floor):
        lines += [f"## {room}", ""]
        for model in sorted(rooms[room], key=lambda one: one.__name__):
            lines += _model(model)
    return "\n".join(lines)


def _floor(room: str) -> tuple[int, str]:
    """How high a room stands in the drawing; the lowest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    floors = [[name.strip() for name in layer.split("|")] for layer in contracts[0]["layers"]]
    return -next(place for place, floor in enumerate(floors) if room in floor), room


def _model(model: type[Model]) -> list[str]:
    options = model._meta  # noqa: SLF001 - the same
    lines = [f"### {model.__name__}", "", (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " "), ""]
    lines += [f"Table `{options.db_table}`.", "", "| field | type | |", "|---|---|---|"]
    for field in options.local_fields:
        lines.append(f"| `{field.name}` | {_type(field)} | {', '.join(_marks(field))} |")
    rules = [f"`{rule.name}`: {_said(rule)}" for rule in options.constraints]
    lines += [""] if not rules else ["", "The database holds: " + "; ".join(rules) + ".", ""]
    return lines


def _type(field: Field[Any, Any]) -> str:
    if field.remote_field is not None:
        return f"→ {field.remote_field.model.__name__}"
    length = getattr(field, "max_length", None)
    return type(field).__name__.removesuffix("Field").lower() + (f" {length}" if length else "")


def _marks(field: Field[Any, Any]) -> list[str]:
    marks = ["key"] if field.primary_key else ["unique"] if field.unique else []
    marks += ["may be null"] if field.null else []
    words = [str(word) for word, _ in field.choices or ()] if not callable(field.choices) else []
    return marks + (["one of " + " ".join(f"`{word}`" for word in words)] if words else [])


_LOOKUPS = {"exact": "=", "gt": ">", "gte": "≥", "lt": "<", "lte": "≤", "in": "in", "regex": "~", "startswith": "begins with"}


def _said(rule: BaseConstraint) -> str:
    parts = rule.deconstruct()[2]
    fields, condition = parts.get("fields", ()), parts.get("condition")
    said = f"{', '.join(fields)} once" if fields else ""
    if condition is not None:
        said += (" where " if said else "") + _condition(condition)
    return said or "expressions once"


def _condition(condition: Any) -> str:
    """A condition of the ORM as a plain line."""
    if isinstance(condition, tuple):
        path, value = condition
        name, _, lookup = path.rpartition("__")
        name, lookup = (name, lookup) if name and lookup in {*_LOOKUPS, "isnull"} else (path, "exact")
        if lookup == "isnull" or value is None:
            return f"{name} is {'null' if value is True or value is None else 'not null'}"
        shown = (
            " ".join(map(str, value))
            if isinstance(value, (list, tuple))
            else getattr(value, "value", getattr(value, "name", value))
        )
        return f"{name} {_LOOKUPS[lookup]} " + (f"`{shown}`" if lookup == "regex" else str(shown) if shown != "" else "blank")
    if not hasattr(condition, "children"):
        return "an expression holds"
    inner = [_condition(child) for child in condition.children]
    line = f" {condition.connector.lower()} ".join(f"({one})" if " or " in one or " and " in one else one for one in inner)
    return f"not ({line})" if condition.negated else line


def main() -> int:
    """Write the pages; with ``--check`` only say whether they are as the code says."""
    wrong = 0
    for name, text in (("duties.md", duties()), ("glossary.md", glossary()), ("models.md", models())):
        path = ROOT / "docs" / name
        if "--check" in sys.argv:
            wrong += path.read_text(encoding="utf-8") != text
        else:
            path.write_text(text, encoding="utf-8")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
