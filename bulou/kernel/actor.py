"""Who does something: an account, the post and unit it acts for, and the door it came through."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a post may do; operations per role stand in ``access/rules.py``."""

    DUTY_LEADER = "duty_leader"  # 值班长
    UNIT_OFFICER = "unit_officer"  # 单位值班员
    COMMUNITY_WORKER = "community_worker"  # 社区工作者
    SITE_LEAD = "site_lead"  # 采样点负责人
    COURIER = "courier"  # 送样员
    LABORATORY = "laboratory"  # 检测机构
    TRANSFER_DESK = "transfer_desk"  # 转运调度
    DRIVER = "driver"  # 转运司机
    TRACER = "tracer"  # 流调员
    SITE_MANAGER = "site_manager"  # 隔离点负责人
    HOSPITAL = "hospital"  # 医院值班
    REPORT_OFFICER = "report_officer"  # 疫情信息员
    AUDITOR = "auditor"  # 监督审计
    OPERATOR = "operator"  # 系统运维
    WALL = "wall"  # 大屏


class Door(StrEnum):
    """Through which edge an action came in."""

    WEB = "web"
    API = "api"
    CLI = "cli"
    IMPORT = "import"
    SWEEP = "sweep"
    PLAYBOOK = "playbook"
    DRILL = "drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An actor as values, not keys, so that a ledger entry stays true when the account changes.

    ``unit`` is the code of the unit for which the actor acts, and the top of what it may see.
    """

    account: str
    name: str
    post: str
    unit: str
    role: Role
    door: Door

    def as_json(self) -> dict[str, str]:
        """The actor as the ledger stores it."""
        return {
            "account": self.account,
            "name": self.name,
            "post": self.post,
            "unit": self.unit,
            "role": self.role.value,
            "door": self.door.value,
        }

    def through(self, door: Door) -> Actor:
        """The same actor, named as acting through another door."""
        return Actor(account=self.account, name=self.name, post=self.post, unit=self.unit, role=self.role, door=door)


def system(*, unit: str, door: Door) -> Actor:
    """The software itself, acting on a rule: it may record and tell, and never signs what a person must sign."""
    return Actor(account="bulou", name="bulou", post="", unit=unit, role=Role.OPERATOR, door=door)
