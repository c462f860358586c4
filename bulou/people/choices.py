"""Who a resident is to the response: identity documents, vulnerabilities, why the base number moved."""

from __future__ import annotations

from enum import StrEnum


class IdentityKind(StrEnum):
    """What kind of identity number somebody has."""

    RESIDENT_ID = "resident_id"  # 居民身份证 (GB 11643)
    PASSPORT = "passport"  # 护照
    PERMIT = "permit"  # 港澳台居民居住证、通行证
    NEWBORN = "newborn"  # 新生儿,尚无证件
    NONE = "none"  # 无证件


class Vulnerability(StrEnum):
    """Why somebody is seen to first (D8)."""

    LIVES_ALONE = "lives_alone"  # 独居
    AGED_80 = "aged_80"  # 80 岁以上
    DISABLED = "disabled"  # 残疾
    INFANT = "infant"  # 婴幼儿
    PREGNANT = "pregnant"  # 孕产妇
    DIALYSIS = "dialysis"  # 透析
    CHRONIC_MEDICINE = "chronic_medicine"  # 长期用药
    BEDRIDDEN = "bedridden"  # 卧床
    ORPHANED = "orphaned"  # 困境儿童
    NO_PHONE = "no_phone"  # 无手机


class FlagSource(StrEnum):
    """Whence it is known that somebody is seen to first."""

    GIVEN = "given"  # 登记填报
    BIRTH_DATE = "birth_date"  # 按出生日期推算
    IDENTITY_NUMBER = "identity_number"  # 按证件号码推算


class DriftCause(StrEnum):
    """Why a base number changed."""

    REGISTERED = "registered"  # 登记入册
    ARRIVED = "arrived"  # 迁入、返回
    LEFT = "left"  # 离开
    BORN = "born"  # 出生
    DIED = "died"  # 死亡
    MOVED = "moved"  # 区内移动
    FOUND = "found"  # 比对新发现
    DUPLICATE = "duplicate"  # 重复剔除
    CORRECTED = "corrected"  # 更正登记错误
