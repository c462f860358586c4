"""Checklists as a pack's tables hold them: what must be so, whether nothing goes on without it, which clause asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bulou.policy.choices import Status
from bulou.policy.toml_file import TomlFile, as_span, as_word, check_keys

_NEEDED = {"checklist", "code", "says", "says_zh", "required", "document", "clause", "status"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One line of a checklist; ``fix_within`` is how long mending it may take once it was found wrong."""

    checklist: str
    code: str
    says_en: str
    says_zh: str
    required: bool
    document: str
    clause: str
    status: Status
    fix_within: timedelta | None = None


def read_item(source: TomlFile, table: Mapping[str, Any], *, known: Mapping[str, tuple[ChecklistItem, ...]]) -> ChecklistItem:
    """One line of a checklist; ``PolicyFault`` when it names no document, or stands twice in its list."""
    anchor = f'code = "{table.get("code", "")}"'
    check_keys(source, table, _NEEDED | {"fix_within"}, _NEEDED, anchor=anchor)
    if not isinstance(table["required"], bool):
        raise source.fault("required is true or false", anchor=anchor, key="required")
    if not str(table["document"]).strip():
        raise source.fault("an item names its document", anchor=anchor, key="document")
    if any(one.code == table["code"] for one in known.get(table["checklist"], ())):
        raise source.fault(f"the item {table['code']} stands twice in {table['checklist']}", anchor=anchor)
    fix_within = table.get("fix_within")
    return ChecklistItem(
        checklist=table["checklist"],
        code=table["code"],
        says_en=table["says"],
        says_zh=table["says_zh"],
        required=table["required"],
        document=table["document"],
        clause=table["clause"],
        status=as_word(source, Status, table["status"], anchor=anchor, key="status"),
        fix_within=as_span(source, fix_within, anchor=anchor, key="fix_within") if fix_within else None,
    )
