"""The drill's arrivals: two come by train and are followed within the hour, one address is mended; one is nobody's (D13)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.arrivals import actions as arrivals
from bulou.arrivals.choices import FOLLOWED, Risk, Transport
from bulou.arrivals.models import Arrival
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import codes
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import City
from simulation.plan import Failure, Seeded

TRAIN = (8, 30)


def found(city: City, at: datetime) -> None:
    """Nothing is needed beforehand: the station's desk is the district's."""
    del city, at


def _calm(city: City) -> list[str]:
    """Two communities where the failure does not fall."""
    return [one for one in city.plan.quiet() if one != city.plan.failing(Failure.ARRIVAL_LOST)][:2]


def play(city: City, at: At) -> None:
    """A train at half past eight, a car an hour later, and somebody registered to an address where nobody knows the name."""
    first, second = _calm(city)
    lost = city.plan.failing(Failure.ARRIVAL_LOST)
    at(plans.on_the_day(6, 50), lambda now: _announce(city, at, first, now))
    at(plans.on_the_day(9, 25), lambda now: _mend(city, at, first, second, now))
    at(plans.on_the_day(8, 40), lambda now: _register(city, lost, "来客丁", "8 栋 901", now))


def seen(now: datetime) -> set[Seeded]:
    """Arrivals whose community never answered, and nobody decided whose they are, as the desk shows them."""
    late = Duty.objects.filter(kind="handover.decided", parent__kind=FOLLOWED, state=DutyState.OPEN, due_at__lt=now)
    places = late.values_list("parent__place_code", flat=True)
    return {Seeded(Failure.ARRIVAL_LOST, codes.up_to(place, codes.Level.COMMUNITY)) for place in places}


def _register(
    city: City, community: str, name: str, stay: str, now: datetime, *, arrives_at: datetime | None = None,
    transport: Transport = Transport.TRAIN,
) -> Arrival:  # fmt: skip
    """The district's desk at the station asks who comes, from where, and where the person will stay."""
    desk = community[:6]
    return arrivals.register_arrival(
        name=name, whence="外省低风险地区", risk=Risk.LOW, transport=transport, carrier="G1337", phone="19900000000",
        arrives_at=arrives_at or now, unit=desk, stay_unit=community, place_code=community, stay=stay, by=city.actor(desk),
        at=now,
    )  # fmt: skip


def _announce(city: City, at: At, community: str, now: datetime) -> None:
    """Announced before the journey's end, received, taken over, tested on the day."""
    train = plans.on_the_day(*TRAIN)
    for number, name in enumerate(("来客甲", "来客乙"), start=1):
        code = _register(city, community, name, f"{number} 栋 302", now, arrives_at=train).pk
        at(train + timedelta(minutes=6 + number), lambda when, code=code: _receive(city, community, code, when))  # type: ignore[misc]
        at(train + timedelta(minutes=40), lambda when, code=code: _accept(city, community, code, when))  # type: ignore[misc]
        at(train + timedelta(minutes=95), lambda when, code=code: _test(city, community, code, when))  # type: ignore[misc]


def _receive(city: City, community: str, code: str, now: datetime) -> None:
    arrivals.arrive(code=code, by=city.actor(community[:6]), at=now)


def _accept(city: City, community: str, code: str, now: datetime) -> None:
    arrivals.accept_arrival(code=code, by=city.actor(community), at=now)


def _test(city: City, community: str, code: str, now: datetime) -> None:
    test = Arrival.objects.get(pk=code).tests.get(first=True)
    arrivals.take_test(code=test.pk, tube=f"L-{test.pk}", by=city.actor(community), at=now)


def _mend(city: City, at: At, wrong: str, right: str, now: datetime) -> None:
    """The community takes over, finds that the person stays elsewhere, and asks that community; nobody is dropped."""
    code = _register(city, wrong, "来客丙", "5 栋 101", now, transport=Transport.CAR).pk

    def pass_on(when: datetime) -> None:
        arrivals.pass_on(
            code=code, unit=right, place_code=right, stay="2 栋 604", reason="住址登记有误,本人住亲属家", by=city.actor(wrong),
            at=when,
        )  # fmt: skip

    at(now + timedelta(minutes=20), lambda when: _accept(city, wrong, code, when))
    at(now + timedelta(minutes=50), pass_on)
    at(now + timedelta(minutes=75), lambda when: _accept(city, right, code, when))
    at(now + timedelta(minutes=150), lambda when: _test(city, right, code, when))
