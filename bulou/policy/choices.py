"""Words that policy packs may use: owners, whom an escalation tells, how sure a number is."""

from __future__ import annotations

from enum import StrEnum


class Owner(StrEnum):
    """Who owes a duty, as a symbol that is resolved to a unit when the duty opens."""

    COMMUNITY = "community"  # by the place of the event
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"
    SENDING_UNIT = "sending_unit"  # who collected or sealed it
    HOLDING_UNIT = "holding_unit"  # who has the box in hand
    LABORATORY = "laboratory"
    ROUND_OWNER = "round_owner"
    CHASE_DESK = "chase_desk"
    HEALTH_BUREAU = "health_bureau"
    SUPERIOR = "superior"
    COMMON_SUPERIOR = "common_superior"
    EXPLICIT = "explicit"  # named by whoever opens it


class Tell(StrEnum):
    """Whom an escalation step tells, seen from the owner."""

    OWNER = "owner"
    SUPERIOR = "superior"
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"
    ISSUER = "issuer"


class Status(StrEnum):
    """How sure a number is: quoted from its document, from a second text, from memory, or our own default."""

    QUOTED = "quoted"
    SECONDARY = "secondary"
    MEMORY = "memory"
    OPERATIONAL = "operational"


class HandoverKind(StrEnum):
    """How a duty changes hands."""

    NONE = "none"
    OFFER = "offer"
    BOTH_SIDES = "both_sides"


class AnswerType(StrEnum):
    """What kind of answer a question of the interview form takes."""

    TEXT = "text"
    DATE = "date"
    INSTANT = "instant"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"  # several of them
