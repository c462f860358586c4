"""States and words of transfers: requests, plans, trips, stops (D4, 房、人、车)."""

from __future__ import annotations

from enum import StrEnum


class RiskClass(StrEnum):
    """Who may never share a vehicle or a room with whom: each class travels and stays by itself."""

    CASE = "case"  # 感染者
    CONTACT = "contact"  # 密接
    SECONDARY = "secondary"  # 次密接


class RequestState(StrEnum):
    """Where somebody who must move stands; exactly one at every instant."""

    OPEN = "open"  # 待安排
    PLANNED = "planned"  # 已排车排房
    BOARDED = "boarded"  # 已上车
    ARRIVED = "arrived"  # 已到门口,待接收
    RECEIVED = "received"  # 双方签字,已接收
    LEFT_IN_PLACE = "left_in_place"  # 暂留原地,有原因有责任人
    CANCELLED = "cancelled"  # 撤销


class PlanState(StrEnum):
    """The software proposes, a person commits, a newer plan takes the place of what has not begun."""

    PROPOSED = "proposed"  # 待审定
    COMMITTED = "committed"  # 已审定
    SUPERSEDED = "superseded"  # 被新方案替代
    REFUSED = "refused"  # 校核不通过


class TripState(StrEnum):
    """A vehicle's way from the first door to the receiver's."""

    PLANNED = "planned"  # 待发
    BOARDING = "boarding"  # 上客中
    UNDER_WAY = "under_way"  # 途中
    AT_DOOR = "at_door"  # 在接收点门口
    DONE = "done"  # 全部交接
    CANCELLED = "cancelled"  # 取消


class VehicleKind(StrEnum):
    """What a vehicle is; the night ban is for coaches."""

    COACH = "coach"  # 大巴车
    VAN = "van"  # 中巴、商务车
    AMBULANCE = "ambulance"  # 负压救护车


class StopState(StrEnum):
    """A stop for safety holds until a unit above has answered."""

    STANDING = "standing"  # 已叫停
    RESUMED = "resumed"  # 上级同意继续
    ENDED = "ended"  # 上级取消该步骤


class LeftCode(StrEnum):
    """Why a request is not in the plan, beside the codes that the solver itself gives."""

    NO_POSITION = "no_position"  # 无上车点
    NO_CARER = "no_carer"  # 被照护人无人照护
    CLAIM_LOST = "claim_lost"  # 房位车位已被占用
    NOT_RUN = "not_run"  # 未成行
    DECLINED = "declined"  # 接收地退回
