"""The drill's orders: most go down and are done; one stops at a street, a site lags behind its order, a task is not done.

A meeting of the morning gives tasks; the next one, at two, begins with the sheet of how they stand.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.orders import actions as orders
from bulou.orders.choices import Link, MeetingKind, Prevails, Reach, Standing, Subject, Verb
from bulou.orders.models import Addressee, Order, OrderClash, SheetLine
from simulation import notices
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import CITY, City
from simulation.plan import Failure, PlannedSite, Seeded

SEEN = 4  # minutes until an orderly unit has opened what it receives; invented
WORK = 80  # and until it has done it
HOURS = 9.2  # of sampling at a site that keeps pace, as the day plays it
TOO_MANY = 4  # times the site's own pace: what the failing site is ordered to do, and cannot
FEWEST = 60  # samples an hour of a calm site whose pace says something within half an hour
TASKS = 3


def found(city: City, at: datetime) -> None:
    """Orders need nothing of their own."""
    del city, at


def play(city: City, at: At) -> None:
    """The orders and meetings of the day."""
    at(plans.on_the_day(6, 3), lambda now: _ordered_sites(city, at, now))
    at(plans.on_the_day(7, 5), lambda now: _everywhere(city, at, now))
    at(plans.on_the_day(7, 30), lambda now: _meeting(city, at, now))
    at(plans.on_the_day(9, 0), lambda now: _contradiction(city, at, now))


def seen(now: datetime) -> set[Seeded]:
    """Who has not opened an order, which site lags unanswered, which task stands undone on a sheet: as the desk shows them."""
    late = Duty.objects.filter(state=DutyState.OPEN, due_at__lt=now)

    def places(kind: str) -> list[str]:
        return list(late.filter(kind=kind).values_list("place_code", flat=True))

    undone = SheetLine.objects.filter(standing=Standing.OVERDUE, decision__duty__state=DutyState.OPEN)
    return {
        *(Seeded(Failure.ORDER_UNOPENED, place) for place in places("order.opened")),
        *(Seeded(Failure.ORDER_LAGS, place) for place in places("order.lag_answered")),
        *(Seeded(Failure.TASK_UNDONE, unit) for unit in undone.values_list("decision__unit", flat=True)),
    }


def _sites(city: City) -> list[PlannedSite]:
    """The site that is to lag, and the busiest site of a calm community where that is busy enough."""
    lagging = city.plan.failing(Failure.ORDER_LAGS)
    calm = [one for one in city.plan.sites if one.community in city.plan.quiet() and one.community != lagging]
    busiest = max(calm, key=lambda one: one.people)
    first = next(one for one in city.plan.sites if one.community == lagging)
    return [first, busiest] if busiest.people / HOURS >= FEWEST else [first]


def _ordered_sites(city: City, at: At, now: datetime) -> None:
    """G19: a district orders samples an hour; the site opens in time, and its pace lags from the first half hour."""
    for site, times in zip(_sites(city), (TOO_MANY, 0.5), strict=False):
        row = orders.issue_order(
            number=f"采样-{site.community[-3:]}", title="采样点提速", text="按时开放,并达到每小时采样人数。",
            basis="区指挥部调度会", place_code=site.community, verb=Verb.OPEN, subject=Subject.SAMPLING, thing=site.unit,
            starts_at=now, ends_at=plans.DEADLINE, due_at=plans.DEADLINE - timedelta(minutes=30), reach=Reach.NAMED,
            named=site.unit, round=plans.ROUND, per_hour=max(1, round(site.people / HOURS * times)),
            by=city.actor(site.community[:6]), at=now,
        )  # fmt: skip
        _follow(city, at, row, now)


def _everywhere(city: City, at: At, now: datetime) -> None:
    """G7: the city orders something of five communities; one street never opens it."""
    stopped = city.plan.failing(Failure.ORDER_UNOPENED)
    below = [one for one in city.plan.communities if one.startswith(stopped)][:1]
    named = [*[one for one in city.plan.quiet() if not one.startswith(stopped)][:4], *below]
    row = orders.issue_order(
        number="市指 101 号", title="核对独居老人名册", text="逐户核对独居老人名册,十七时前上报。", basis="早调度会",
        place_code=CITY, verb=Verb.PROVIDE, subject=Subject.RESIDENTS, thing="独居老人", starts_at=now,
        ends_at=plans.DEADLINE, due_at=plans.on_the_day(17), reach=Reach.NAMED, named=" ".join(named), by=city.actor(CITY),
        at=now,
    )  # fmt: skip
    _follow(city, at, row, now, stopped=stopped)


def _follow(city: City, at: At, order: Order, now: datetime, *, stopped: str = "") -> None:
    """Whoever has it opens it; what it reaches with that follows. A leaf that is no site does the work and shows it."""
    for link in Addressee.objects.filter(order=order, state=Link.SENT):
        if link.unit_id != stopped:
            at(now + timedelta(minutes=SEEN), lambda when, code=link.pk: _open(city, at, code, when, stopped))  # type: ignore[misc]


def _open(city: City, at: At, code: str, now: datetime, stopped: str) -> None:
    link = Addressee.objects.select_related("order").get(pk=code)
    if link.state != Link.SENT:
        return
    by = city.actor(link.unit_id)
    orders.open_order(code=code, by=by, at=now)
    _follow(city, at, link.order, now, stopped=stopped)
    if link.leaf and link.site_id is None:
        at(now + timedelta(minutes=15), lambda when: _work(city, code, when, done=False))
        at(now + timedelta(minutes=WORK), lambda when: _work(city, code, when, done=True))


def _work(city: City, code: str, now: datetime, *, done: bool) -> None:
    """The work begins or is done; a recalled order is stopped instead."""
    link = Addressee.objects.get(pk=code)
    by = city.actor(link.unit_id)
    if link.state == Link.TO_STOP:
        orders.confirm_stop(code=code, note="已停止", by=by, at=now)
    elif done and link.state == Link.STARTED:
        orders.finish_order(code=code, photo=f"{link.unit_id:0>64}", count=40, by=by, at=now)
    elif not done and link.state == Link.READ:
        orders.start_order(code=code, by=by, at=now)


def _meeting(city: City, at: At, now: datetime) -> None:
    """G20: three tasks due at one o'clock; one is not done when the next meeting begins."""
    leader = city.actor(CITY)
    first = orders.open_meeting(
        title="早调度会", kind=MeetingKind.MEETING, next_at=plans.on_the_day(14), by=leader, at=now, place="市指挥部"
    )
    undone = city.plan.failing(Failure.TASK_UNDONE)
    units = [undone, *[one for one in city.plan.quiet() if one != undone][: TASKS - 1]]
    for unit in units:
        row = orders.decide(
            meeting=first.pk, unit=unit, text="消防通道逐栋检查", due_at=plans.on_the_day(13), by=leader, at=now
        )
        if unit != undone:
            at(
                plans.on_the_day(11, 20),
                lambda when, row=row, unit=unit: duties.fulfil(  # type: ignore[misc]
                    duty_id=row.duty_id, kind="list", ref="检查表", by=city.actor(unit), at=when
                ),
            )
    at(
        plans.on_the_day(14),
        lambda when: orders.open_meeting(
            title="午调度会", kind=MeetingKind.MEETING, previous=first.pk, by=leader, at=when, place="市指挥部"
        ),
    )


def _contradiction(city: City, at: At, now: datetime) -> None:
    """A district closes a market that the city keeps open; the city decides within the half hour."""
    place = city.plan.quiet()[0]
    issued = (("市指 102 号", "保持菜场开放", Verb.OPEN, CITY), ("区指 7 号", "关闭菜场", Verb.CLOSE, place[:6]))
    for number, title, verb, unit in issued:
        row = orders.issue_order(
            number=number, title=title, text=f"{title},维持秩序。", basis="保供专班", place_code=place, verb=verb,
            subject=Subject.MARKETS, thing="惠民菜场", starts_at=now, ends_at=plans.DEADLINE, due_at=plans.on_the_day(18),
            reach=Reach.NAMED, named=place, by=city.actor(unit), at=now,
        )  # fmt: skip
        _follow(city, at, row, now)
    clash = OrderClash.objects.get(second=row)
    at(
        now + timedelta(minutes=16),
        lambda when: orders.decide_clash(
            code=clash.pk, prevails=Prevails.FIRST, decision="菜场保供,分时段限流", by=city.actor(CITY), at=when
        ),
    )
    at(now + timedelta(minutes=25), lambda when: notices.publish_drafts(city, when))
