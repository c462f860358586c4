"""Words of supplies (D8), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Measure(StrEnum):
    """What a good is counted in, as whole numbers: no rounding, so that every kilogram is accounted for."""

    GRAM = "gram"
    MILLILITRE = "millilitre"
    PIECE = "piece"


class GoodKind(StrEnum):
    """What a good is for."""

    PARCEL = "parcel"  # 生活物资包
    FOOD = "food"
    INFANT = "infant"  # 婴幼儿用品
    HYGIENE = "hygiene"
    OTHER = "other"


class PurchaseState(StrEnum):
    """How a purchase stands."""

    ORDERED = "ordered"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"  # what had not come by then comes no more


class NeedState(StrEnum):
    """How far a need is."""

    ASKED = "asked"
    SHORT = "short"  # 缺货: a superior decides
    PICKED = "picked"
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


class Way(StrEnum):
    """By which way a need reached us."""

    PHONE = "phone"
    WEB = "web"
    CAPTAIN = "captain"  # 楼栋长
    LIST = "list"  # 排查名单
    STANDING = "standing"  # 定期保障


class Proof(StrEnum):
    """What shows that something came to the door."""

    PHOTO = "photo"  # its SHA-256; the photograph stays where it was taken
    SIGNATURE = "signature"


class PointState(StrEnum):
    """Whether people come to a hand-over point."""

    OPEN = "open"
    CLOSED = "closed"


class BookingState(StrEnum):
    """What became of a booked slot."""

    BOOKED = "booked"
    COLLECTED = "collected"
    CANCELLED = "cancelled"


class ProvisionState(StrEnum):
    """How a place under static management is supplied."""

    UNCONFIRMED = "unconfirmed"  # the gap list
    CONFIRMED = "confirmed"
    CLOSED = "closed"


WAITING: Final = (NeedState.ASKED, NeedState.SHORT)
BY_SET: Final = frozenset({Way.LIST, Way.STANDING})  # one duty for all of a unit's, not one for each
MET: Final = "supplies.need_met"
VULNERABLE_MET: Final = "supplies.vulnerable_met"
LISTED_MET: Final = "supplies.listed_met"
SHORT_ANSWERED: Final = "supplies.short_answered"
ARRIVED: Final = "supplies.purchase_arrived"
CONFIRMED: Final = "supplies.confirmed"
VULNERABLE_REACHED: Final = "supplies.vulnerable_reached"
HOUSEHOLDS_REACHED: Final = "supplies.households_reached"
