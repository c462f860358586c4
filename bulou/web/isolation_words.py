"""Isolation in words: states, classes, parties, needs, findings and links, in the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext, pgettext

from bulou.isolation.choices import (
    CheckKind,
    FindingState,
    FollowUpState,
    Found,
    LinkKind,
    NeedKind,
    PartyKind,
    RiskClass,
    SiteState,
    StayState,
)
from bulou.policy.model import Pack
from bulou.web.frames import in_chinese
from bulou.web.show.figures import Chip, State


def class_words(risk_class: str) -> str:
    """Who may lie in a room."""
    return {
        RiskClass.CASE.value: gettext("cases"),
        RiskClass.CONTACT.value: gettext("contacts"),
        RiskClass.SECONDARY.value: gettext("contacts of contacts"),
    }.get(risk_class, gettext("any one class"))


def site_chip(state: str) -> Chip:
    """Where a site stands on its way."""
    words = {
        SiteState.CANDIDATE.value: gettext("candidate"),
        SiteState.SURVEYED.value: gettext("surveyed"),
        SiteState.REBUILT.value: gettext("rebuilt"),
        SiteState.ACCEPTED.value: gettext("accepted"),
        SiteState.RESERVE.value: gettext("in reserve"),
        SiteState.OPEN.value: pgettext("isolation site", "open"),
        SiteState.PAUSED.value: gettext("takes nobody in"),
        SiteState.CLOSED.value: pgettext("isolation site", "closed"),
    }
    shape = {SiteState.OPEN: State.DONE, SiteState.PAUSED: State.SOON}.get(SiteState(state), State.PLAIN)
    return Chip(state=shape, text=words[state])


def stay_words(state: str) -> str:
    """Where somebody stands with a room."""
    return {
        StayState.RESERVED.value: gettext("expected"),
        StayState.AT_DOOR.value: pgettext("page", "at the door"),
        StayState.ADMITTED.value: gettext("in the room"),
    }.get(state, state)


def party_words(kind: str) -> str:
    """One of the five responsible parties."""
    return {
        PartyKind.TERRITORY.value: gettext("Territory"),
        PartyKind.SECTOR.value: gettext("Sector"),
        PartyKind.INSTITUTION.value: gettext("The institution"),
        PartyKind.HEADQUARTERS_GROUP.value: gettext("Headquarters' working group"),
        PartyKind.TEAM_ON_SITE.value: gettext("Team on site"),
    }[kind]


def need_words(kind: str) -> str:
    """What kind of thing a guest asks for."""
    return {
        NeedKind.QUESTION.value: gettext("Question"),
        NeedKind.MEAL.value: gettext("Meal"),
        NeedKind.MEDICINE.value: gettext("Medicine"),
        NeedKind.DOCTOR.value: gettext("Doctor"),
        NeedKind.SUPPLY.value: gettext("Thing asked for"),
        NeedKind.COUNSEL.value: gettext("Somebody to talk to"),
    }[kind]


def finding_chip(state: str, *, late: bool) -> Chip:
    """How far the mending of a finding is."""
    if state == FindingState.FIXED:
        return Chip(state=State.LATER, text=gettext("mended, to be re-checked"))
    if late:
        return Chip(state=State.LATE, text=gettext("not mended in time"))
    return Chip(state=State.SOON, text=gettext("to be mended"))


def item_words(pack: Pack, code: str) -> str:
    """What the checklist asks for, in the pack's own words; a code that it no longer has stays as it is."""
    found = next((item for item in pack.items.get("isolation.site", ()) if item.code == code), None)
    if found is None:
        return code
    return (found.says_zh if in_chinese() else found.says_en).rstrip("。.")


def link_words(kind: str) -> str:
    """What two guests share."""
    return {
        LinkKind.ROOM.value: gettext("same room"),
        LinkKind.NEIGHBOUR.value: gettext("next room"),
        LinkKind.AIR.value: gettext("same air"),
        LinkKind.FLOOR.value: gettext("same floor"),
        LinkKind.BUS.value: gettext("same bus"),
        LinkKind.STAFF.value: gettext("staff of these days"),
    }[kind]


def home_words(state: str) -> str:
    """Where somebody stands on the days at home."""
    return {
        FollowUpState.OFFERED.value: gettext("not accepted yet"),
        FollowUpState.MONITORING.value: gettext("at home, watched"),
        FollowUpState.LOST.value: gettext("not found"),
        FollowUpState.DONE.value: pgettext("page", "done"),
    }[state]


def check_words(kind: str) -> str:
    """What is owed on a day at home."""
    return {CheckKind.HEALTH.value: gettext("health check"), CheckKind.TEST.value: gettext("PCR test")}[kind]


def found_words(found: str) -> str:
    """What a check at home found."""
    return {
        Found.WELL.value: gettext("well"),
        Found.SYMPTOMS.value: gettext("has symptoms"),
        Found.NOT_FOUND.value: gettext("not found"),
    }[found]


def minutes_words(span: timedelta) -> str:
    """Person-minutes."""
    return gettext("%(n)d person-min") % {"n": int(span / timedelta(minutes=1))}
