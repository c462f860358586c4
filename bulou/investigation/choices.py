"""How a case stands, the steps of its chase, how contacts are graded, and in which settings people met."""

from __future__ import annotations

from enum import StrEnum


class CaseStatus(StrEnum):
    """The three figures never mixed: a pool is no case; a preliminary positive is not yet a diagnosis."""

    PRELIMINARY = "preliminary"  # 初筛阳性
    CONFIRMED = "confirmed"  # 确诊病例
    ASYMPTOMATIC = "asymptomatic"  # 无症状感染者
    EXCLUDED = "excluded"  # 排除


class FoundWhere(StrEnum):
    """In which circumstances a case was found."""

    COMMUNITY = "community"  # 社会面
    CONTROLLED = "controlled"  # 管控区
    QUARANTINE = "quarantine"  # 隔离点
    ARRIVAL = "arrival"  # 入境、返回
    UNKNOWN = "unknown"


class ChaseStep(StrEnum):
    """The steps of a chase (追阳), in the order in which they are done."""

    FOUND = "found"  # 找到本人
    HELD = "held"  # 就地管控
    INVESTIGATED = "investigated"  # 流调
    CONTACTS_LISTED = "contacts_listed"  # 密接判定


class Grade(StrEnum):
    """How near somebody was to a case, by the pack's rules; the strictest first."""

    CLOSE = "close"  # 密切接触者
    SECONDARY = "secondary"  # 密接的密接
    GENERAL = "general"  # 一般接触者


class ContactStatus(StrEnum):
    """Whether anything is still owed because of a contact."""

    ACTIVE = "active"  # 管理中
    RELEASED = "released"  # 解除
    BECAME_CASE = "became_case"  # 转阳
    WITHDRAWN = "withdrawn"  # 撤销: the exposure did not happen, or the case was excluded


class Setting(StrEnum):
    """Where people met."""

    HOUSEHOLD = "household"  # 同住
    WORKPLACE = "workplace"  # 同事
    CLASS = "class"  # 同班
    TRANSPORT = "transport"  # 同乘
    VENUE = "venue"  # 同场所
    HEALTHCARE = "healthcare"  # 医疗机构
    OTHER = "other"
    UNKNOWN = "unknown"


class ExposureSource(StrEnum):
    """How an exposure is known."""

    INTERVIEW = "interview"  # 流调询问
    HOUSEHOLD = "household"  # 户籍同住
    PRESENCE = "presence"  # 场所轨迹比对
    VIDEO = "video"  # 视频核查
    LIST = "list"  # 单位、班级、乘客名单
    IMPORT = "import"  # 文件导入
    OTHER = "other"


class Certainty(StrEnum):
    """How sure it is that one case infected the other."""

    CONFIRMED = "confirmed"  # 流调和测序均支持
    PROBABLE = "probable"  # 流调支持
    POSSIBLE = "possible"  # 可能


class InterviewState(StrEnum):
    """How far a case's interview is."""

    OPEN = "open"  # 未完成
    COMPLETE = "complete"  # 完成
    REFUSED = "refused"  # 拒绝
    UNREACHABLE = "unreachable"  # 联系不上


class WarrantState(StrEnum):
    """A search of presences is asked for, then signed by somebody else; it ends by itself."""

    ASKED = "asked"  # 申请
    SIGNED = "signed"  # 批准
    REFUSED = "refused"  # 不予批准
    ENDED = "ended"  # 终止
