"""The drill's notices: what binds residents is told at every building within the hour; in one compound, one building never is.

A rumour goes round in the morning and is refuted in time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import codes
from bulou.notices import actions as notices
from bulou.notices.choices import AskedKind, DeliveryState, How, NoticeState, Verdict, Way
from bulou.notices.models import NoticeDelivery, PlainNotice
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import City
from simulation.plan import Failure, Seeded

OBJECT = "社区服务窗口或 12345;没有手机可请楼栋长代办"
RUMOUR = "听说超市明天全部关门,是真的吗?"


def found(city: City, at: datetime) -> None:
    """Nothing is needed beforehand."""
    del city, at


def play(city: City, at: At) -> None:
    """Two compounds are told of the day's rules; a rumour is asked three times."""
    untold = city.plan.failing(Failure.UNTOLD)
    calm = next(one for one in city.plan.quiet() if one != untold)
    for community, left in ((calm, 0), (untold, 1)):
        at(plans.on_the_day(7, 10), lambda now, community=community: _write(city, community, now))  # type: ignore[misc]
        at(plans.on_the_day(8, 20), lambda now, community=community, left=left: _tell(city, community, now, left=left))  # type: ignore[misc]
    at(plans.on_the_day(9, 30), lambda now: _rumour(city, at, calm, now))


def seen(now: datetime) -> set[Seeded]:
    """Communities with a building that nobody told in time, as the desk shows them."""
    late = Duty.objects.filter(kind="notice.delivered", state=DutyState.OPEN, due_at__lt=now)
    places = late.values_list("place_code", flat=True)
    return {Seeded(Failure.UNTOLD, codes.up_to(place, codes.Level.COMMUNITY) or place) for place in places}


def publish_drafts(city: City, now: datetime) -> None:
    """An orderly office: what was drafted is completed and published, and a poster goes up at every door of it."""
    for row in PlainNotice.objects.filter(state=NoticeState.DRAFT):
        by = city.actor(row.unit_id)
        notices.publish_notice(
            code=row.pk, title_en=row.title_en or "Vegetable market", text_en=row.text_en or "The market opens, in turns.",
            call=row.call or "社区值班电话", object_to=OBJECT, by=by, at=now,
        )  # fmt: skip
        for one in NoticeDelivery.objects.filter(notice=row):
            notices.tell_building(code=one.pk, way=Way.POSTER, evidence="单元门照片", by=city.actor(one.unit_id), at=now)


def _write(city: City, community: str, now: datetime) -> None:
    district = community[:6]
    notices.write_notice(
        unit=district, places=community, code=f"PN-{community[-6:]}", title_zh="今日上门采样安排",
        title_en="Sampling at your door today",
        text_zh="本小区今日由采样队逐户上门采样,请在家等候,不必下楼排队。蔬菜包由楼栋长送到门口。"
        "就医请直接拨打社区电话,随时放行。",
        text_en="Samplers come to every door of this compound today: please wait at home, nobody needs to queue. "
        "Vegetables are brought to the door. For a doctor call the community: you may leave at any hour.",
        basis="《传染病防治法》第四十一条", call="社区值班电话", object_to=OBJECT,
        ends_at=plans.DEADLINE, by=city.actor(district), at=now,
    )  # fmt: skip


def _tell(city: City, community: str, now: datetime, *, left: int) -> None:
    """The captains say building by building what they did."""
    rows = list(NoticeDelivery.objects.filter(notice=f"PN-{community[-6:]}", state=DeliveryState.OWED).order_by("code"))
    for row in rows[: len(rows) - left]:
        notices.tell_building(code=row.pk, way=Way.POSTER, evidence="单元门照片", by=city.actor(row.unit_id), at=now)


def _rumour(city: City, at: At, community: str, now: datetime) -> None:
    by = city.actor(community)
    for minute in (0, 4, 11):
        at(
            now + timedelta(minutes=minute),
            lambda when: notices.ask_question(
                kind=AskedKind.RUMOUR, text=RUMOUR, how=How.CAPTAIN, place_code=community, by=by, at=when
            ),
        )  # fmt: skip
    at(now + timedelta(minutes=50), lambda when: _refute(city, community[:6], when))


def _refute(city: City, district: str, now: datetime) -> None:
    row = Duty.objects.get(kind="rumour.answered", state=DutyState.OPEN, owner=district).about
    notices.answer_question(
        code=row.removeprefix("question:"), verdict=Verdict.REFUTED, evidence="保供专班 9 月 24 日通报",
        answer_zh="不实。全区超市照常营业,生活物资供应充足。", answer_en="Not true. All shops stay open, supplies are enough.",
        by=city.actor(district), at=now,
    )  # fmt: skip
