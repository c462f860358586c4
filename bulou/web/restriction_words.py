"""The register in words: kinds, states, why something was stopped or lifted, in the reader's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from bulou.kernel import clock
from bulou.ledger.tags import Tag
from bulou.restrictions.choices import AppealState, FindingKind, Kind, Lifting, State, Stop
from bulou.restrictions.models import Restriction
from bulou.web.frames import in_chinese
from bulou.web.show import figures
from bulou.web.show.figures import Chip
from bulou.web.show.words import mask_id


def kind_name(kind: str) -> str:
    """A kind of restriction."""
    return {
        Kind.HOLD.value: gettext("hold"),
        Kind.HOME_QUARANTINE.value: gettext("home quarantine"),
        Kind.ISOLATION.value: gettext("isolation"),
        Kind.ZONE_MEASURE.value: gettext("zone measure"),
    }.get(kind, kind)


def lifting_words(why: str) -> str:
    """Why it was lifted before its end."""
    return {
        Lifting.BY_RULE.value: gettext("released by rule"),
        Lifting.MEDICAL_EXIT.value: gettext("medical exit"),
        Lifting.EVACUATION.value: gettext("evacuation"),
        Lifting.MISTAKE.value: gettext("it was a mistake"),
        Lifting.NO_GROUND.value: gettext("its ground is gone"),
        Lifting.APPEAL.value: gettext("the objection was right"),
        Lifting.SILENCE.value: gettext("nobody answered the objection"),
    }.get(why, why)


def register_words(part: str) -> str:
    """A part of a duty's label that the register wrote: counts have their unit, kinds and reasons are said in words."""
    if part.isdigit():
        return gettext("%(n)s people") % {"n": part}
    return next((said for words in (kind_name, lifting_words, stop_words) if (said := words(part)) != part), part)


def appeal_words(state: str) -> str:
    """What became of an objection."""
    return {
        AppealState.OPEN.value: gettext("waits for an answer"),
        AppealState.ALLOWED.value: gettext("allowed: lifted"),
        AppealState.DISMISSED.value: gettext("dismissed"),
        AppealState.SILENT.value: gettext("nobody answered: lifted"),
        AppealState.MOOT.value: gettext("the restriction ended first"),
    }.get(state, state)


def stop_words(why: str) -> str:
    """Why an attempt was stopped."""
    return {
        Stop.NO_EVIDENCE.value: gettext("no evidence"),
        Stop.NO_BASIS.value: gettext("no legal basis"),
        Stop.TOO_LONG.value: gettext("longer than the rule"),
        Stop.TOO_WIDE.value: gettext("a place too wide"),
        Stop.TOO_MANY.value: gettext("too many at once"),
        Stop.SAME_UNIT.value: gettext("the same unit"),
        Stop.IN_PLACE.value: gettext("the register was changed by hand"),
        Stop.DELETED.value: gettext("the register was deleted from"),
    }.get(why, why)


def finding_words(kind: str) -> str:
    """What the night found."""
    return gettext("too much control") if kind == FindingKind.TOO_MUCH else gettext("not restricted and should be")


def tag_words(tag: str) -> str:
    """What a ledger entry of the register says."""
    return {
        Tag.RESTRICTION_PROPOSED.value: gettext("Proposed"),
        Tag.RESTRICTION_APPROVED.value: gettext("Approved; in force"),
        Tag.RESTRICTION_REFUSED.value: gettext("Refused"),
        Tag.RESTRICTION_WITHDRAWN.value: gettext("Withdrawn"),
        Tag.RESTRICTION_ENDED.value: gettext("Ended by itself"),
        Tag.RESTRICTION_LIFTED.value: gettext("Lifted"),
        Tag.RESTRICTION_NOTIFIED.value: gettext("Notice delivered"),
        Tag.NOTICE_CODE_ISSUED.value: gettext("Code printed"),
        Tag.APPEAL_FILED.value: gettext("Objection filed"),
        Tag.APPEAL_ANSWERED.value: gettext("Objection answered"),
        Tag.LIST_STOPPED.value: gettext("List stopped: above the limit"),
        Tag.LIST_CONFIRMED.value: gettext("List confirmed"),
        Tag.LIST_REJECTED.value: gettext("List sent back"),
    }.get(tag, tag)


def chip_of(row: Restriction, *, holds: bool, now: datetime) -> Chip:
    """Where it stands, at this instant."""
    if holds:
        soon = row.ends_at - now <= figures.HOUR * 24
        return Chip(state=figures.State.SOON if soon else figures.State.LATER, text=gettext("in force"))
    if row.state == State.PROPOSED:
        return Chip(state=figures.State.SOON, text=gettext("waits for approval"))
    if row.state == State.LIFTED:
        return Chip(state=figures.State.DONE, text=gettext("lifted"))
    if row.state in {State.REFUSED, State.WITHDRAWN}:
        said = gettext("refused") if row.state == State.REFUSED else gettext("withdrawn")
        return Chip(state=figures.State.PLAIN, text=said)
    if row.approved_at is not None and now < row.starts_at:
        return Chip(state=figures.State.LATER, text=gettext("not begun"))
    return Chip(state=figures.State.DONE, text=gettext("ended"))


def whom(row: Restriction) -> str:
    """Whom or what it is about, masked."""
    return mask_id(row.person_id) if row.person_id else row.place_code


def notice_of(row: Restriction) -> str:
    """The notice in the reader's language; empty before it is approved."""
    return row.notice_zh if in_chinese() else row.notice_en


def stamp(at: datetime) -> str:
    """A day and a time of the city, for what lasts days."""
    return f"{clock.local(at):%m-%d %H:%M}"
