"""Kinds of units and posts (D16), and how somebody comes to hold a post."""

from __future__ import annotations

from enum import StrEnum


class UnitKind(StrEnum):
    """What a unit is; the *sector* line stands beside the *territory* line."""

    NATIONAL_GROUP = "national_group"  # 国家工作组
    PROVINCE = "province"  # 省
    CITY = "city"  # 市
    HEADQUARTERS = "headquarters"  # 指挥部
    WORKING_GROUP = "working_group"  # 工作专班
    DEPARTMENT = "department"  # 部门
    DISTRICT = "district"  # 区县
    STREET = "street"  # 街道、乡镇
    COMMUNITY = "community"  # 社区、村
    BUILDING = "building"  # 楼栋
    STATIONED = "stationed"  # 驻区单位
    CDC = "cdc"  # 疾控中心
    HEALTH_BUREAU = "health_bureau"  # 卫生健康局
    POLICE_STATION = "police_station"  # 派出所
    SERVICE_CENTRE = "service_centre"  # 服务中心
    SAMPLING_SITE = "sampling_site"  # 采样点
    TRANSPORT_TEAM = "transport_team"  # 送样组
    LABORATORY = "laboratory"  # 检测机构
    ISOLATION_SITE = "isolation_site"  # 集中隔离点
    HOSPITAL = "hospital"  # 医院
    SCHOOL = "school"  # 学校
    CARE_HOME = "care_home"  # 养老、福利机构
    MARKET = "market"  # 市场


class PostKind(StrEnum):
    """What a post is for; 包保 (a building or household answered for) is a post too."""

    LEADER = "leader"  # 负责人
    DUTY_OFFICER = "duty_officer"  # 值班员
    STEWARD = "steward"  # 包保责任人
    SITE_LEAD = "site_lead"  # 点长
    SAMPLER = "sampler"  # 采样员
    COURIER = "courier"  # 送样员
    RECEIVER = "receiver"  # 收样员
    DISPATCHER = "dispatcher"  # 转运调度员
    DRIVER = "driver"  # 转运司机
    INVESTIGATOR = "investigator"  # 流调员
    REPORT_OFFICER = "report_officer"  # 信息员
    AUDITOR = "auditor"  # 监督员
    OPERATOR = "operator"  # 系统运维


class HoldingKind(StrEnum):
    """How somebody holds a post."""

    HOLDER = "holder"  # 任职
    ACTING = "acting"  # 代理
    SECONDED = "seconded"  # 借调


class OnDutyBy(StrEnum):
    """Why somebody counts as on duty at an instant, strongest first."""

    SHIFT = "shift"  # 当班
    ACTING = "acting"  # 代理
    HOLDER = "holder"  # 任职
    SUPERIOR = "superior"  # 上级代管
    NOBODY = "nobody"  # 无人在岗
