"""An earlier cluster: who turned positive a week before the demonstration, who was near, and when each goes home.

Pure: drawn from the plan. All live where no failure falls but one, whose home community never takes over (G22).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.kernel.clock import CITY_ZONE
from simulation import plan as plans
from simulation.plan import Failure, Person, Plan

FOUND_ON = plans.DAY - timedelta(days=7)
_ADULT = timedelta(days=366 * 18)
_OLD = timedelta(days=365 * 60)


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant so many days after the cluster was found."""
    return datetime.combine(FOUND_ON + timedelta(days=day), datetime.min.time(), CITY_ZONE) + timedelta(
        hours=hour, minutes=minute
    )


@dataclass(frozen=True, slots=True)
class Group:
    """People who were last near the case at one instant, and so go home on one day."""

    people: tuple[str, ...]
    exposed_until: datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    """The case and its groups, with the places that matter."""

    case: str
    yesterday: Group  # last near on the evening before: home on the eve of the demonstration
    today: Group  # of the same shift: home in the demonstration's morning
    lost: str  # one of them: the home community never takes over
    household: Group  # together until the case was fetched: due in the demonstration's afternoon
    home: str  # the community of the case, its household and those who go home first
    hotel: str  # where the contacts stay
    team: str  # who samples them

    @property
    def workers(self) -> tuple[str, ...]:
        """Who was sampled as a group whose work asks for it, the case among them."""
        return (self.case, *self.yesterday.people, *self.today.people)

    @property
    def people(self) -> frozenset[str]:
        """Everybody."""
        return frozenset((*self.workers, *self.household.people))


def draw(plan: Plan) -> Cluster:
    """The cluster of a plan."""
    home, away, street = plan.quiet()[:3]
    households: dict[str, list[Person]] = defaultdict(list)
    for one in plans.people(plan, home):
        households[one.household_id].append(one)
    own = next(people for people in households.values() if len(people) == 3 and all(_is_able(one) for one in people))  # noqa: PLR2004 - two who were near
    case, *near = own
    at_home = _adults(plan, home, 2, apart_from=case.household_id)
    elsewhere = _adults(plan, away, 2)
    (lost,) = _adults(plan, plan.failing(Failure.NOT_ACCEPTED), 1)
    return Cluster(
        case=case.person_id,
        yesterday=Group(at_home, on(-1, 18)),
        today=Group((*elsewhere, lost), on(0, 8)),
        lost=lost,
        household=Group(tuple(one.person_id for one in near), on(0, 14, 50)),
        home=home,
        hotel=f"{street}:iso001",
        team=f"{street}:site090",
    )


def _is_able(one: Person) -> bool:
    age = plans.DAY - one.birth_on
    return _ADULT < age < _OLD and not one.vulnerable


def _adults(plan: Plan, community: str, count: int, *, apart_from: str = "") -> tuple[str, ...]:
    """Adults of as many households, who need nothing special."""
    found: dict[str, str] = {}
    for one in plans.people(plan, community):
        if one.household_id != apart_from and _is_able(one):
            found.setdefault(one.household_id, one.person_id)
    return tuple(found.values())[:count]
