"""Kinds of channels, what goes through one, and how a delivery stands."""

from __future__ import annotations

from enum import StrEnum

WORKS = "channel.works"  # the duty to a unit whose channel fails


class ChannelKind(StrEnum):
    """By what a notice leaves the house."""

    EMAIL = "email"  # 电子邮件
    WECOM = "wecom"  # 企业微信群机器人
    DINGTALK = "dingtalk"  # 钉钉群机器人
    FEISHU = "feishu"  # 飞书群机器人


class Wanted(StrEnum):
    """Which notices of the unit go there."""

    ALL = "all"  # 全部通知
    FROM_LIMIT = "from_limit"  # 到期及以后,不含事前提醒


class ChannelState(StrEnum):
    """How a channel stands."""

    WORKS = "works"  # 正常
    FAILS = "fails"  # 发送失败
    ENDED = "ended"  # 停用


class DeliveryState(StrEnum):
    """What became of a notice on a channel; a failed try leaves it owed."""

    OWED = "owed"  # 待发送
    SENT = "sent"  # 已发送
    GIVEN_UP = "given_up"  # 放弃发送


class Language(StrEnum):
    """In which language the channel is written to."""

    ZH = "zh"  # 中文通知
    EN = "en"  # 英文通知
