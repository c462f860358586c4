"""Words of medical access and support (D10, D11), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Need(StrEnum):
    """What somebody needs."""

    EMERGENCY = "emergency"  # 急诊急救
    CHILDBIRTH = "childbirth"  # 孕产
    DIALYSIS = "dialysis"  # 血液透析
    CHEMOTHERAPY = "chemotherapy"  # 放化疗
    CLINIC = "clinic"  # 其他就诊
    MEDICINE = "medicine"  # 送药
    COUNSELLING = "counselling"  # 心理疏导


class CareState(StrEnum):
    """How far the help is."""

    ASKED = "asked"
    ACCEPTED = "accepted"  # a hospital expects the person
    ON_THE_WAY = "on_the_way"
    RECEIVED = "received"  # the hospital has the person
    HELPED = "helped"  # back home, or the medicine is there, or the call was made
    WITHDRAWN = "withdrawn"  # by the person


class AnswerState(StrEnum):
    """What a hospital said."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"  # another hospital accepted before it answered


class How(StrEnum):
    """By which way the need reached us; none of them asks for a phone or an account of the person's own."""

    PHONE = "phone"  # 热线
    CAPTAIN = "captain"  # 楼栋长
    PAPER = "paper"  # 纸条
    VISIT = "visit"  # 上门
    STANDING = "standing"  # 预约
    WEB = "web"  # 网上


AT_HOME: Final = frozenset({Need.MEDICINE, Need.COUNSELLING})  # help that comes; nobody travels
ACCEPTED: Final = {
    Need.EMERGENCY: "care.emergency_accepted",
    Need.CHILDBIRTH: "care.childbirth_accepted",
    Need.DIALYSIS: "care.dialysis_accepted",
    Need.CHEMOTHERAPY: "care.chemotherapy_accepted",
    Need.CLINIC: "care.clinic_accepted",
    Need.MEDICINE: "care.medicine_brought",
    Need.COUNSELLING: "care.first_call",
}
ANSWERED: Final = "care.hospital_answers"
REFUSAL: Final = "care.refusal_decided"
TRANSPORTED: Final = "care.transported"
HOME: Final = "care.home_again"
