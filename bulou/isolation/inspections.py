"""Inspections by the pack's checklist (三区两通道), findings with a time to be mended, and the re-check by another unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_many
from bulou.isolation import rows
from bulou.isolation.choices import Answer, FindingState, InspectionKind, SiteState
from bulou.isolation.models import Finding, Inspection, InspectionAnswer, IsolationSite
from bulou.isolation.rules import names
from bulou.isolation.rules import sites as rules
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy.checklists import ChecklistItem

_FIX_WITHIN = timedelta(days=1)  # of an item that names no hours; operational, no document


@dataclass(frozen=True, slots=True)
class Said:
    """What an inspector says of one item; anything but yes says why."""

    answer: Answer
    note: str = ""


@transaction.atomic
def record_inspection(*, unit: str, kind: InspectionKind, answers: Mapping[str, Said], by: Actor, at: datetime) -> Inspection:
    """Somebody went through the checklist; each *no* is a finding that the site must mend in the item's hours.

    An inspection for acceptance answers every required item, by a unit other than the site. A finding that is still open is
    not opened twice; one that was closed before says how often it has now been found.
    """
    site = rows.locked_site(unit)
    permit(by, Operation.INSPECT_SITE, unit)
    if by.unit == unit:
        message = "a site does not inspect itself"
        raise Refused(message, code="own-site", remedy="Another unit inspects.")
    if site.state == SiteState.CLOSED:
        message = "the site is closed"
        raise Refused(message, code="site-step")
    pack = rows.pack_at(at)
    items = {item.code: item for item in pack.checklist(names.CHECKLIST)}
    _require_answers(items, answers, kind)
    made = Inspection.objects.create(
        site=site,
        kind=kind.value,
        inspected_at=at,
        inspected_by=rows.signature(by),
        inspector_id=by.unit,
        pack_version=pack.version,
    )
    InspectionAnswer.objects.bulk_create(
        InspectionAnswer(inspection=made, item=code, answer=said.answer.value, note=said.note[:300])
        for code, said in answers.items()
    )
    failed = [code for code, said in answers.items() if said.answer is Answer.NO]
    ledger.record(
        tag=Tag.SITE_INSPECTED,
        subject=names.site_about(unit),
        unit=unit,
        by=by,
        at=at,
        data={"inspection": made.pk, "kind": kind, "items": len(answers), "failed": failed},
    )
    _open_findings(site, made, [(items[code], answers[code].note) for code in failed], by=by, at=at)
    return made


def _require_answers(items: Mapping[str, ChecklistItem], answers: Mapping[str, Said], kind: InspectionKind) -> None:
    unknown = rules.unknown_items(items.values(), answers)
    if unknown or not answers:
        message = f"the checklist has no item {unknown[0]}" if unknown else "an inspection answers at least one item"
        raise InputFault(message, column="answers", remedy="Use the codes of the pack's checklist.")
    silent = sorted(code for code, said in answers.items() if said.answer is not Answer.YES and not said.note.strip())
    if silent:
        message = f"say what is wrong, or why it does not apply: {', '.join(silent)}"
        raise InputFault(message, column="note")
    required = [item for item in items.values() if item.required]
    missing = rules.not_answered(required, answers) if kind is InspectionKind.ACCEPTANCE else []
    if missing:
        message = f"an inspection for acceptance also answers: {', '.join(missing)}"
        raise InputFault(message, column="answers")


def _open_findings(
    site: IsolationSite, inspection: Inspection, failed: list[tuple[ChecklistItem, str]], *, by: Actor, at: datetime
) -> None:
    """One finding per item; still open ones stay as they are, so their clock runs on."""
    live = set(Finding.objects.filter(site=site).exclude(state=FindingState.CLOSED).values_list("item", flat=True))
    before: dict[str, int] = {}
    for item in Finding.objects.filter(site=site, state=FindingState.CLOSED).values_list("item", flat=True):
        before[item] = before.get(item, 0) + 1
    fresh = [
        Finding(
            code=public_id("FD", at),
            site=site,
            inspection=inspection,
            item=item.code,
            required=item.required,
            note=note[:300],
            found_at=at,
            fix_by=at + (item.fix_within or _FIX_WITHIN),
            times=before.get(item.code, 0) + 1,
        )
        for item, note in failed
        if item.code not in live
    ]
    Finding.objects.bulk_create(fresh)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.FINDING_OPENED,
            subject=names.finding_about(row.pk),
            unit=site.pk,
            by=by,
            at=at,
            data={"item": row.item, "fix_by": row.fix_by, "times": row.times},
        )
        for row in fresh
    )
    open_many([_fix(row, site) for row in fresh], by=by, at=at)


def _fix(row: Finding, site: IsolationSite) -> Owed:
    return Owed(
        kind=names.FINDING_FIXED,
        about=names.finding_about(row.pk),
        label=f"{site.name} · {row.item}",
        place_code=site.place_code,
        owners={"explicit": site.pk},
        facts={"fix_by": row.fix_by},
        why=names.SAID_AGAIN % {"times": row.times, "note": row.note} if row.times > 1 else row.note,
    )


@transaction.atomic
def fix_finding(*, finding: str, note: str, by: Actor, at: datetime) -> Finding:
    """The site says what it mended (整改); a unit other than the one that mended owes the re-check."""
    row = rows.locked_finding(finding)
    permit(by, Operation.MEND_FINDING, row.site_id)
    rules.require_reason(note)
    if row.state != FindingState.OPEN:
        message = f"the finding is {row.state}"
        raise Refused(message, code="finding-state", remedy="It is mended once, and then re-checked.")
    row.state, row.fixed_at, row.fixed_by = FindingState.FIXED, at, rows.signature(by)
    row.fixed_unit, row.fix_note = by.unit, note[:300]
    row.save(update_fields=("state", "fixed_at", "fixed_by", "fixed_unit", "fix_note"))
    recorded = ledger.record(
        tag=Tag.FINDING_FIXED,
        subject=names.finding_about(row.pk),
        unit=row.site_id,
        by=by,
        at=at,
        data={"item": row.item, "note": note},
    )
    duties.fulfil_by_fact(
        kind=names.FINDING_FIXED,
        about=names.finding_about(row.pk),
        tag=Tag.FINDING_FIXED,
        ref=f"entry:{recorded.pk}",
        by=by,
        at=at,
    )
    open_many(
        [
            Owed(
                kind=names.FINDING_RECHECKED,
                about=names.finding_about(row.pk),
                label=f"{row.site.name} · {row.item}",
                place_code=row.site.place_code,
                facts={"fixed_at": at},
            )
        ],
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def recheck_finding(*, finding: str, mended: bool, by: Actor, at: datetime, note: str = "") -> Finding:
    """Another unit looked (复查): mended, the finding is closed; not, it is owed again from now, and says so."""
    row = rows.locked_finding(finding)
    permit(by, Operation.INSPECT_SITE, row.site_id)
    if row.state != FindingState.FIXED:
        message = f"the finding is {row.state}"
        raise Refused(message, code="finding-state", remedy="It is re-checked after it was mended.")
    if by.unit == row.fixed_unit:
        message = f"{by.unit} mended it"
        raise Refused(message, code="same-unit", remedy="Another unit re-checks.")
    if not mended:
        rules.require_reason(note)
    tag = Tag.FINDING_CLOSED if mended else Tag.FINDING_REOPENED
    if mended:
        row.state, row.closed_at = FindingState.CLOSED, at
        row.closed_by, row.closed_unit = rows.signature(by), by.unit
        row.save(update_fields=("state", "closed_at", "closed_by", "closed_unit"))
    else:
        _not_mended(row, note, at=at)
    recorded = ledger.record(
        tag=tag, subject=names.finding_about(row.pk), unit=row.site_id, by=by, at=at, data={"item": row.item, "note": note}
    )
    duties.fulfil_by_fact(
        kind=names.FINDING_RECHECKED,
        about=names.finding_about(row.pk),
        tag=tag,
        ref=f"entry:{recorded.pk}",
        by=by,
        at=at,
    )
    if not mended:
        open_many([_fix(row, row.site)], by=by, at=at)
    return row


def _not_mended(row: Finding, note: str, *, at: datetime) -> None:
    items = {item.code: item for item in rows.pack_at(at).checklist(names.CHECKLIST)}
    within = items[row.item].fix_within if row.item in items else None
    row.state, row.fixed_at, row.fixed_by, row.fixed_unit, row.fix_note = FindingState.OPEN, None, "", "", ""
    row.fix_by, row.not_mended, row.note = at + (within or _FIX_WITHIN), row.not_mended + 1, note[:300]
    row.save(update_fields=("state", "fixed_at", "fixed_by", "fixed_unit", "fix_note", "fix_by", "not_mended", "note"))
