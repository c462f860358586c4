"""The drill's requests: asked on the web and by telephone, most done and confirmed; one passes its time; six have one cause.

A draw whose seed the city published in the morning calls some of them back after lunch.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.actor import Door
from bulou.places.models import Building
from bulou.requests import actions, callbacks, filing, joining
from bulou.requests.choices import ANSWERED, CallState, Category, DrawHow, Heard, How, Said
from bulou.requests.filing import Told
from bulou.requests.models import Cause, ResidentRequest
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import CITY, City
from simulation.plan import Failure, Seeded

ASKED = (  # hour, minute, what, in whose words; invented
    (7, 20, Category.FOOD, "家里只剩一把面,两个老人。"), (7, 50, Category.MEDICINE, "高血压药明天吃完。"),
    (8, 15, Category.UTILITIES, "三楼水管漏水。"), (8, 40, Category.TESTING, "昨天的结果还没有出来。"),
    (9, 5, Category.FOOD, "孩子没有奶粉。"), (9, 45, Category.CONTROL, "单元门为什么锁着?"),
    (10, 10, Category.MEDICINE, "要取胰岛素。"), (11, 0, Category.OTHER, "想知道什么时候可以下楼。"),
)  # fmt: skip
TOGETHER = 6  # requests of one building within twenty minutes
DRAWN = 4


def found(city: City, at: datetime) -> None:
    """Requests need nothing of their own."""
    del city, at


def play(city: City, at: At) -> None:
    """The requests of the day, and the calls that ask whether it was true."""
    quiet = city.plan.quiet()
    for number, (hour, minute, category, text) in enumerate(ASKED):
        home = quiet[number % len(quiet)]
        at(
            plans.on_the_day(hour, minute),
            lambda now, home=home, category=category, text=text: _helped(city, at, home, category, text, now),  # type: ignore[misc]
        )
    failing = city.plan.failing(Failure.REQUEST_UNANSWERED)
    at(plans.on_the_day(7, 40), lambda now: _file(failing, Category.FOOD, "三天没有菜,打了四次电话没有人来。", now))
    for number in range(TOGETHER):
        at(plans.on_the_day(9, 30 + 3 * number), lambda now: _file(quiet[0], Category.FOOD, "没有菜", now))
    at(plans.on_the_day(9, 57), lambda now: _answer_cause(city, now))
    at(plans.on_the_day(11, 40), lambda now: _settle_cause(city, now))
    at(plans.on_the_day(7, 0), lambda now: _plan_calls(city, at, now))


def seen(now: datetime) -> set[Seeded]:
    """Requests that passed their time and that nobody has answered, as the desk shows them."""
    late = Duty.objects.filter(kind__in=ANSWERED.values(), state=DutyState.OPEN, due_at__lt=now)
    return {Seeded(Failure.REQUEST_UNANSWERED, owner) for owner in late.values_list("owner", flat=True)}


def _file(home: str, category: Category, text: str, now: datetime) -> ResidentRequest:
    """From the first building of a community, without an account; no number is left, so nothing is taken for the same one."""
    building = Building.objects.filter(code__startswith=home).order_by("code").values_list("code", flat=True)[0]
    told = Told(category=category, text=text, how=How.WEB, place_code=building, place="1 单元", name="住户")
    return filing.file_publicly(told, door=Door.WEB, at=now)


def _helped(city: City, at: At, home: str, category: Category, text: str, now: datetime) -> None:
    """What an orderly request looks like: begun within the half hour, done within two, confirmed by who asked."""
    row = _file(home, category, text, now)
    code, ticket = row.pk, row.plain_ticket  # type: ignore[attr-defined] # told once
    by = city.actor(row.unit_id)

    def later(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    at(later(20), lambda when: actions.start_request(code=code, by=by, at=when))
    at(later(95), lambda when: actions.claim_done(code=code, evidence="签收单、照片", by=by, at=when))
    at(later(110), lambda when: actions.confirm_by_ticket(ticket=ticket, door=Door.WEB, at=when))


def _answer_cause(city: City, now: datetime) -> None:
    """The street is at the gate before it fills."""
    cause = Cause.objects.get()
    joining.answer_cause(
        code=cause.pk, answer="街道干部在单元门口,保供车 11:30 到", by=city.actor(cause.place_code[:9]), at=now
    )


def _settle_cause(city: City, now: datetime) -> None:
    cause = Cause.objects.get()
    joining.settle_cause(code=cause.pk, evidence="蔬菜包 40 份,签收表", by=city.actor(cause.place_code[:12]), at=now)


def _plan_calls(city: City, at: At, now: datetime) -> None:
    leader = city.actor(CITY)
    row = callbacks.plan_draw(
        unit=CITY, how=DrawHow.PLANNED, size=DRAWN, seed="9 月 24 日早间通报第一行", until=plans.on_the_day(13, 20), by=leader,
        at=now,
    )  # fmt: skip

    def draw(when: datetime) -> None:
        callbacks.draw(code=row.pk, by=leader, at=when)
        for number, call in enumerate(row.calls.filter(state=CallState.OPEN).order_by("place_in_order")):
            at(when + timedelta(minutes=6 * (number + 1)), lambda then, code=call.pk: _call(code, then))  # type: ignore[misc]

    def _call(code: str, then: datetime) -> None:
        callbacks.record_call(code=code, heard=Heard.REACHED, done=Said.YES, satisfied=Said.YES, by=leader, at=then)

    at(plans.on_the_day(13, 25), draw)
