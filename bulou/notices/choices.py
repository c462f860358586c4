"""Words of notices, questions and rumours (D22), and the duties' kinds."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class NoticeState(StrEnum):
    """How a notice stands; whether it is in force is computed from its instants."""

    DRAFT = "draft"  # 待发布
    PUBLISHED = "published"  # 已发布
    WITHDRAWN = "withdrawn"  # 已撤回


class DeliveryState(StrEnum):
    """Whether a building has been told."""

    OWED = "owed"  # 未告知
    TOLD = "told"  # 已告知
    STOPPED = "stopped"  # 通告已撤回,不再告知


class Way(StrEnum):
    """How a building is told."""

    POSTER = "poster"  # 单元门张贴
    LOUDSPEAKER = "loudspeaker"  # 喇叭广播
    CAPTAIN = "captain"  # 楼栋长上门
    LETTER = "letter"  # 纸质入户
    GROUP = "group"  # 居民群消息


class AskedKind(StrEnum):
    """What people ask, or tell each other."""

    QUESTION = "question"  # 政策咨询
    RUMOUR = "rumour"  # 传言求证


class QuestionState(StrEnum):
    """How far an answer is."""

    OPEN = "open"  # 待答复
    ANSWERED = "answered"  # 已公开答复
    JOINED = "joined"  # 已归并


class Verdict(StrEnum):
    """What is true of a rumour."""

    REFUTED = "refuted"  # 不实
    CONFIRMED = "confirmed"  # 属实
    PARTLY = "partly"  # 部分属实


class How(StrEnum):
    """By which way a question reached us; none of them asks who it is."""

    PHONE = "phone"  # 热线
    CAPTAIN = "captain"  # 楼栋长
    PAPER = "paper"  # 纸条
    VISIT = "visit"  # 上门
    WEB = "web"  # 网上


AT_THE_DOOR: Final = frozenset({Way.POSTER, Way.LOUDSPEAKER})  # the whole building at once
BY_HOUSEHOLD: Final = frozenset({Way.CAPTAIN, Way.LETTER})  # a building is told when every household is
WRITTEN: Final = "notice.written"
DELIVERED: Final = "notice.delivered"
ANSWERED: Final = {AskedKind.QUESTION: "question.answered", AskedKind.RUMOUR: "rumour.answered"}
