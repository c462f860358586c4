"""``bulou allocate`` at Guiyang's real size beside first come, first served; an ordinary evening; one change re-planned.

Each line of a plan counts, until the day's end: people placed, person-hours of waiting from ready to arrival (or to the day's
end), vehicle-hours on trips, and the safety limits that the independent checker finds broken (driver hours A15 and A19, rests
A16, night A17, time and length of route A18). The peer's other violations are shifts of vehicles and arrivals after the day.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections import Counter
from datetime import datetime

from benchmarks.transfer_day import TRUNK, at, evening, guiyang
from bulou.routing.allocation.checker import check
from bulou.routing.allocation.first_come import first_come
from bulou.routing.allocation.replan import replan
from bulou.routing.allocation.solve import solve
from bulou.routing.allocation.values import Change, ChangeKind, Instance, Limits, Plan

SAFETY = {"A15", "A16", "A17", "A18", "A19"}


def said(name: str, instance: Instance, limits: Limits, plan: Plan, until: datetime) -> tuple[int, int]:
    """Print a plan's line; returns violations of safety limits and of all rules (reasons apart)."""
    arrives = {one.person_id: one.arrive_at for one in plan.placed if one.arrive_at <= until}
    waited = (
        sum((min(arrives.get(one.person_id, until), until) - one.ready_at).total_seconds() for one in instance.people) / 3600
    )
    driven = sum((trip.ends_at - trip.departs_at).total_seconds() for trip in plan.trips) / 3600
    wrong = check(instance, limits, plan, reasons=False)
    broken = sum(one.code in SAFETY for one in wrong)
    print(
        f"  {name:<24}{len(arrives):>7,} placed by the day's end {waited:>10,.0f} person-hours waiting {driven:>7,.0f} vehicle-hours"
        f" {broken:>5} safety limits broken {len(wrong) - broken:>4} other violations"
    )
    return broken, len(wrong)


def measured(name: str, instance: Instance, limits: Limits, seconds: float, until: datetime) -> tuple[Plan, float, bool]:
    begun = time.perf_counter()
    plan = solve(instance, limits, seconds=seconds)
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name}: {len(instance.people):,} people, {len(instance.rooms):,} rooms, {len(instance.vehicles)} vehicles, "
          f"{len(instance.drivers or ())} drivers, load {os.getloadavg()[0]:.1f}")  # fmt: skip
    print(
        f"  {len(plan.placed):,} placed, no plan places more than {plan.bound:,}: gap {plan.gap:.1%}; {took:.1f} s, peak {peak} MB"
    )
    _, wrong = said("bulou", instance, limits, plan, until)
    for (code, reason), times in Counter((one.code, one.reason) for one in plan.unplaced).most_common(4):
        print(f"  {times:>7,} stay: {reason} ({code})")
    return plan, took, not wrong


def main() -> int:
    """Print all; 1 when a plan breaks a rule, the large one takes over 65 s or an evening over a second."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=55.0)
    given, _ = parser.parse_known_args()
    until = at(24)
    city = guiyang()
    plan, took, good = measured("Guiyang, 17 September 2022", city, TRUNK, given.seconds, until)
    good = good and took <= 65
    said("first come, first served", city, TRUNK, first_come(city, TRUNK, until=until), until)
    begun = time.perf_counter()
    wrong = check(city, TRUNK, plan)
    print(f"  the checker with every reason: {len(wrong)} violations in {time.perf_counter() - begun:.1f} s")
    good = good and not wrong
    for people in (300, 1_000):
        night = evening(people)
        made, took, kept = measured(f"An evening of {people}", night, Limits(), 30, at(26))
        good = good and kept and (people > 300 or took < 1.0)
        vehicle = made.trips[-1].vehicle_id
        begun = time.perf_counter()
        found = replan(night, Limits(), made, Change(ChangeKind.VEHICLE_LOST, made.trips[-1].departs_at, vehicle))
        took = time.perf_counter() - begun
        print(f"  {vehicle} lost: {len(found.plan.placed)} placed, {len(found.changed)} people go otherwise, {took:.2f} s")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
