"""Kinds of restriction in a pack: what is not named cannot be ordered, and what is named has a basis, a ground and an end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bulou.kernel.errors import PolicyFault
from bulou.policy.choices import Status
from bulou.policy.model import DutyRule, RestrictionRule
from bulou.policy.toml_file import TomlFile, as_span, as_word, check_keys

_KEYS = {
    "kind", "says", "says_zh", "legal_bases", "grounds", "level", "owes", "owes_each", "source", "status",
}  # fmt: skip
_NEEDED = _KEYS - {"level", "owes", "owes_each"}


def read_restriction(source: TomlFile, table: Mapping[str, Any], *, known: Collection[str]) -> RestrictionRule:
    """One kind of restriction; ``PolicyFault`` when it has no legal basis, no ground, or a ground without an end."""
    anchor = f'kind = "{table.get("kind", "")}"'
    check_keys(source, table, _KEYS, _NEEDED, anchor=anchor)
    if table["kind"] in known:
        raise source.fault(f"the restriction {table['kind']} stands twice", anchor=anchor)
    if not table["legal_bases"]:
        raise source.fault("a restriction needs a legal basis", anchor=anchor, key="legal_bases")
    grounds = {tag: as_span(source, longest, anchor=anchor, key="grounds") for tag, longest in table["grounds"].items()}
    if not grounds or not all(grounds.values()):
        raise source.fault("a restriction needs a ground, and each ground an end", anchor=anchor, key="grounds")
    return RestrictionRule(
        kind=table["kind"],
        says_en=table["says"],
        says_zh=table["says_zh"],
        legal_bases=tuple(table["legal_bases"]),
        grounds=grounds,
        level=table.get("level", ""),
        owes=tuple(table.get("owes", ())),
        owes_each=tuple(table.get("owes_each", ())),
        source=table["source"],
        status=as_word(source, Status, table["status"], anchor=anchor, key="status"),
    )


def hold_together(
    duties: Mapping[str, DutyRule], found: Mapping[str, RestrictionRule], bases: Mapping[str, str], file: str
) -> None:
    """What names a legal basis or a duty names one that the pack has."""
    named = {rule.kind: {rule.legal_basis} - {""} for rule in duties.values()}
    named |= {rule.kind: set(rule.legal_bases) for rule in found.values()}
    for kind, wanted in named.items():
        for basis in sorted(wanted - set(bases)):
            message = f"{kind} names the legal basis {basis!r}, which the pack does not have"
            raise PolicyFault(message, file=file)
    for rule in found.values():
        for kind in (*rule.owes, *rule.owes_each):
            if kind not in duties:
                message = f"{rule.kind} owes {kind!r}, which the pack does not have"
                raise PolicyFault(message, file=file)
