"""What the software found at the end of a drill, held against the seed's own list: every failure, and none invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bulou.arrivals.choices import FOLLOWED
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Box, Tube
from bulou.transfer.models import Leg
from simulation.lines import LINES
from simulation.plan import Failure, Plan, Seeded


@dataclass(frozen=True, slots=True)
class Verdict:
    """Seeded failures that were found and missed, alarms without a seeded cause."""

    found: tuple[Seeded, ...]
    missed: tuple[Seeded, ...]
    invented: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether all were found and nothing was invented."""
        return not self.missed and not self.invented


def found(*, at: datetime) -> set[Seeded]:
    """The failures as the desk shows them, from open duties and specimens alone; the plan is not asked."""
    open_ = Duty.objects.filter(state=DutyState.OPEN)
    seen: set[Seeded] = set()
    homeless = Box.objects.filter(laboratory=None).exclude(sealed_at=None).values_list("unit_code", flat=True)
    overdue = open_.filter(kind="specimen.delivered", due_at__lt=at).values_list("about", flat=True)
    late = Box.objects.filter(pk__in=[about.removeprefix("box:") for about in overdue]).values_list("unit_code", flat=True)
    seen |= {Seeded(Failure.NO_LABORATORY, unit) for unit in {*homeless, *late}}
    seen |= {
        Seeded(Failure.SLOW_SAMPLING, about.split("@", 1)[1])
        for about in open_.filter(kind="round.rate_recovered").values_list("about", flat=True)
    }
    pools = Tube.objects.filter(outcome=Outcome.POSITIVE, people__gt=1).values_list("unit_code", flat=True)
    seen |= {Seeded(Failure.POOL_ABNORMAL, unit) for unit in pools}
    for kind, failure in (("result.matched", Failure.UNKNOWN_TUBE),):
        seen |= {Seeded(failure, unit) for unit in open_.filter(kind=kind).values_list("owner_id", flat=True)}
    doors = open_.filter(kind="isolation.door_cleared", due_at__lt=at).values_list("owner_id", flat=True)
    seen |= {Seeded(Failure.WAIT_AT_DOOR, unit) for unit in doors}
    homes = open_.filter(kind="followup.home_accepted", due_at__lt=at).values_list("place_code", flat=True)
    seen |= {Seeded(Failure.NOT_ACCEPTED, home) for home in homes}
    asked = open_.filter(kind="handover.decided").exclude(parent=None)
    asked = asked.exclude(parent__kind__startswith="transfer.")  # a door that does not sign is the wait at that door
    asked = asked.exclude(parent__kind="followup.home_accepted")  # a home that does not answer is a failure of its own
    asked = asked.exclude(parent__kind=FOLLOWED)  # nor is an arrival whose community does not answer
    for parent in asked.values_list("parent__owner_id", flat=True):
        seen.add(Seeded(Failure.BACK_AND_FORTH, parent))
    seen |= {
        Seeded(Failure.POST_LEFT, place) for place in open_.filter(kind="post.filled").values_list("place_code", flat=True)
    }
    silent = open_.filter(kind="post.answered").values_list("about", flat=True)
    seen |= {Seeded(Failure.SILENT_POST, about.removeprefix("unit:")) for about in silent}
    return seen.union(*(line.seen(at) for line in LINES))


def unexplained(plan: Plan, *, at: datetime) -> list[str]:
    """Late duties that no seeded failure explains: an alarm that would have bothered somebody for nothing."""
    causes = [one.unit for one in plan.failures]
    late = Duty.objects.filter(state=DutyState.OPEN, due_at__lt=at).order_by("due_at")
    return [f"{row.kind} {row.owner_id} {row.about}" for row in late if not _explained(row, causes)]


def _explained(row: Duty, causes: Iterable[str]) -> bool:
    touched = (row.owner_id, row.place_code, row.about)
    for cause in causes:
        territory = cause.split(":")[0]
        if any(cause in text or (len(territory) > 4 and text.startswith(territory)) for text in touched):  # noqa: PLR2004 - a city's code touches everything
            return True
    box = Box.objects.filter(pk=row.about.removeprefix("box:")).first() if row.about.startswith("box:") else None
    if box is not None:
        return box.unit_code in causes
    if row.about.startswith("transfer:"):
        legs = Leg.objects.filter(request=row.about.removeprefix("transfer:"))
        return any(receiver in causes for receiver in legs.values_list("receiver_id", flat=True))
    parent = row.parent
    return parent is not None and _explained(parent, causes)


def compare(plan: Plan, *, at: datetime) -> Verdict:
    """The verdict on a played day."""
    seen, wanted = found(at=at), set(plan.failures)
    invented = [f"{one.failure} {one.unit}" for one in sorted(seen - wanted, key=str)]
    return Verdict(
        found=tuple(sorted(wanted & seen, key=str)),
        missed=tuple(sorted(wanted - seen, key=str)),
        invented=(*invented, *unexplained(plan, at=at)),
    )
