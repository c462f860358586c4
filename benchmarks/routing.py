"""``bulou route`` on published instances, with OR-Tools and VROOM on the same inputs and seconds; then re-planning.

Every plan, the peers' too, is walked by the independent checker. Instances up to 120 stops get 10 s, larger ones 30 s. Asked
for are no more vehicles than the best known (one more from 400 customers on) where vehicles count first, and a cost within
1 % (small) or 3 % (large). VROOM has no longest duration of a route, so its plan of PR11A may break that. Re-planning within
1 s is compared with a run of 10 s from nothing on the changed problem. ``--only NAME…``, ``--peers no`` shorten it.
``x1.9`` after the seconds says how many cores ``bulou route`` was given: on a busy machine less than it asks for.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.vrp_instances import FOLDER, Instance, instances
from bulou.routing.answer import as_json
from bulou.routing.check import check
from bulou.routing.plan import Plan, Route, score
from bulou.routing.problem import Problem
from bulou.routing.reading import problem_of
from bulou.routing.reasons import reasons
from bulou.routing.replan import Change, replan
from bulou.routing.solve import Stop, solve

SMALL, SHORT, LONG = 120, 10, 30
WITHIN = {SHORT: 1.0, LONG: 3.0}
ONE_MORE_FROM = 400
FINE = 1000  # peers count in integers: thousandths
HOUR = 3600


@dataclass
class Result:
    """A plan's figures."""

    vehicles: int
    left: int
    gap: float
    broken: int
    seconds: float
    cores: float = 0.0

    def said(self) -> str:
        """In one column."""
        note = f" left {self.left}" if self.left else ""
        share = f"x{self.cores:.1f}" if self.cores else ""
        return f"{self.vehicles:>3} {self.gap:>+7.2f}% {self.seconds:5.1f}s{share} {'ok' if not self.broken else f'breaks {self.broken}'}{note}"


def judged(instance: Instance, answer: dict[str, Any], seconds: float) -> Result:
    """The figures of an answer, and what the checker says."""
    summary = answer["summary"]
    gap = 100 * (summary["cost"] / instance.scale / instance.cost - 1)
    return Result(summary["routes"], summary["unassigned"], gap, len(check(instance.problem, answer)), seconds)


def ours(instance: Instance, seconds: float) -> Result:
    """The whole command, start-up included."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "problem.json", Path(folder) / "plan.json"
        path.write_text(json.dumps(instance.problem))
        began = time.perf_counter()
        command = [
            Path(sys.executable).with_name("bulou"),
            "route",
            path,
            "--seconds",
            str(seconds),
            "--seed",
            "1",
            "--out",
            out,
        ]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after, spent = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
        found = judged(instance, json.loads(out.read_text()), spent)
        found.cores = (after.ru_utime - before.ru_utime) / spent
        return found


def of_peer(instance: Instance, problem: Problem, routes: list[tuple[int, list[int]]], seconds: float) -> Result:
    """A peer's routes, given as vehicle and stops by position, priced as ours are."""
    plan = Plan(tuple(Route(vehicle, tuple(stops)) for vehicle, stops in routes if stops))
    try:
        answer = as_json(problem, plan, reasons(problem, plan), seconds={})
    except AssertionError:
        return Result(len(plan.routes), len(plan.unassigned(problem)), math.nan, 1, seconds)
    return judged(instance, answer, seconds)


def scaled(problem: Problem, vehicle: int) -> tuple[list[list[int]], list[list[int]]]:
    """Durations rounded up and costs rounded, in thousandths."""
    legs = problem.legs(problem.vehicles[vehicle])
    durations = [[math.ceil(value * FINE - 1e-6) for value in row] for row in legs.duration]
    return durations, [[round(value * priced(problem)) for value in row] for row in legs.cost]


def priced(problem: Problem) -> float:
    """By what peers' costs are multiplied: less where the file counts in hundredths already, or VROOM overflows."""
    return FINE if all(one.per_hour <= HOUR for one in problem.vehicles) else FINE / 1000


def high(instance: Instance, problem: Problem) -> int:
    """What using a vehicle costs where vehicles count first: more than all travel could."""
    return round(2 * instance.cost * instance.scale * FINE) if problem.vehicles[0].fixed is None else 0


def vroom(instance: Instance, seconds: int) -> Result | None:
    """VROOM's own program, all cores, deepest exploration; it may end before its time."""
    program = shutil.which("vroom", path=str(Path(sys.executable).parent))
    if program is None:
        return None
    problem = problem_of(instance.problem)
    kinds = {vehicle.travel: f"p{at}" for at, vehicle in enumerate({one.travel: one for one in problem.vehicles}.values())}
    sample = {one.travel: at for at, one in enumerate(problem.vehicles)}
    tables = {name: scaled(problem, sample[travel]) for travel, name in kinds.items()}
    given = {
        "vehicles": [
            {
                "id": at + 1, "profile": kinds[one.travel], "start_index": one.start, "end_index": one.end,
                "capacity": list(one.capacity), "costs": {"fixed": high(instance, problem) or round((one.fixed or 0) * priced(problem))},
                **({} if one.window[1] == math.inf else {"time_window": [round(at * FINE) for at in one.window]}),
            }
            for at, one in enumerate(problem.vehicles)
        ],
        "jobs": [
            {**_vroom_stop(problem, task.stops[0]), "delivery": list(task.delivery), "pickup": list(task.pickup)}
            for task in problem.tasks
            if len(task.stops) == 1
        ],
        "shipments": [
            {"pickup": _vroom_stop(problem, task.stops[0]), "delivery": _vroom_stop(problem, task.stops[1]), "amount": list(task.amount)}
            for task in problem.tasks
            if len(task.stops) > 1
        ],
        "matrices": {name: {"durations": times, "costs": costs} for name, (times, costs) in tables.items()},
    }  # fmt: skip
    began = time.perf_counter()
    command = [program, "-l", str(seconds), "-t", str(os.cpu_count()), "-x", "5"]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    spent = time.perf_counter() - began
    found = json.loads(done.stdout)
    if found["code"]:
        print(f"  VROOM: {found.get('error')}")
        return None
    routes = [
        (route["vehicle"] - 1, [step["id"] - 1 for step in route["steps"] if step["type"] not in {"start", "end"}])
        for route in found["routes"]
    ]
    return of_peer(instance, problem, routes, spent)


def _vroom_stop(problem: Problem, number: int) -> dict[str, Any]:
    stop = problem.stops[number]
    windows = [[round(at * FINE) for at in window] for window in stop.windows if window[1] != math.inf]
    shown = {"time_windows": windows} if windows else {}
    return {"id": number + 1, "location_index": stop.place, "service": math.ceil(stop.service * FINE), **shown}


def or_tools(instance: Instance, seconds: int) -> Result | None:
    """OR-Tools' routing library, guided local search, on its one core."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    problem = problem_of(instance.problem)
    ends = [[one.start for one in problem.vehicles], [one.end for one in problem.vehicles]]
    many = len(problem.stops)
    depots = {place: many + at for at, place in enumerate(dict.fromkeys([*ends[0], *ends[1]]))}
    places = [stop.place for stop in problem.stops] + list(depots)
    manager = pywrapcp.RoutingIndexManager(
        len(places), len(problem.vehicles), *[[depots[one] for one in side] for side in ends]
    )
    model = pywrapcp.RoutingModel(manager)
    service = [math.ceil(stop.service * FINE) for stop in problem.stops] + [0] * len(depots)
    evaluators: dict[object, int] = {}
    fixed = high(instance, problem)
    for at, vehicle in enumerate(problem.vehicles):
        if vehicle.travel not in evaluators:
            costs = scaled(problem, at)[1]
            table = [[costs[here][there] for there in places] for here in places]
            evaluators[vehicle.travel] = model.RegisterTransitMatrix(table)
        model.SetArcCostEvaluatorOfVehicle(evaluators[vehicle.travel], at)
        model.SetFixedCostOfVehicle(fixed or round((vehicle.fixed or 0) * priced(problem)), at)
    _or_time(problem, manager, model, places, service)
    _or_load(problem, manager, model)
    for task in problem.tasks:
        if len(task.stops) > 1:
            here, there = (manager.NodeToIndex(stop) for stop in task.stops)
            model.AddPickupAndDelivery(here, there)
            model.solver().Add(model.VehicleVar(here) == model.VehicleVar(there))
            clock = model.GetDimensionOrDie("time")
            model.solver().Add(clock.CumulVar(here) <= clock.CumulVar(there))
    params = pywrapcp.DefaultRoutingSearchParameters()
    params.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    params.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    params.time_limit.FromSeconds(seconds)
    began = time.perf_counter()
    found = model.SolveWithParameters(params)
    spent = time.perf_counter() - began
    if not found:
        return None
    routes = []
    for at in range(len(problem.vehicles)):
        index, stops = found.Value(model.NextVar(model.Start(at))), []
        while not model.IsEnd(index):
            stops.append(manager.IndexToNode(index))
            index = found.Value(model.NextVar(index))
        routes.append((at, stops))
    return of_peer(instance, problem, routes, spent)


def _or_time(problem: Problem, manager: Any, model: Any, places: list[int], service: list[int]) -> None:
    durations = scaled(problem, 0)[0]
    table = [[durations[here][there] + service[at] for there in places] for at, here in enumerate(places)]
    horizon = 10**9
    model.AddDimension(model.RegisterTransitMatrix(table), horizon, horizon, False, "time")
    clock = model.GetDimensionOrDie("time")
    for at, stop in enumerate(problem.stops):
        opens, closes = stop.windows[0]
        clock.CumulVar(manager.NodeToIndex(at)).SetRange(
            math.ceil(opens * FINE), horizon if closes == math.inf else int(closes * FINE)
        )
    for at, vehicle in enumerate(problem.vehicles):
        closes = horizon if vehicle.window[1] == math.inf else int(vehicle.window[1] * FINE)
        clock.CumulVar(model.Start(at)).SetRange(int(vehicle.window[0] * FINE), closes)
        clock.CumulVar(model.End(at)).SetRange(int(vehicle.window[0] * FINE), closes)
        if vehicle.max_duration != math.inf:
            clock.SetSpanUpperBoundForVehicle(int(vehicle.max_duration * FINE), at)


def _or_load(problem: Problem, manager: Any, model: Any) -> None:
    amounts = []
    for number, stop in enumerate(problem.stops):
        task = problem.tasks[stop.task]
        sign = 1 if task.stops[0] == number else -1
        amounts.append(task.delivery[0] + sign * task.amount[0])
    amounts += [0] * (manager.GetNumberOfNodes() - len(amounts))
    room = [vehicle.capacity[0] for vehicle in problem.vehicles]
    model.AddDimensionWithVehicleCapacity(model.RegisterUnaryTransitVector(amounts), 0, room, True, "load")


def table(chosen: list[Instance], *, peers: bool, stretch: float) -> bool:
    """Print the side by side; whether every figure was reached."""
    print("load", *(f"{one:.1f}" for one in os.getloadavg()), "on", os.cpu_count(), "cores")
    print(f"{'instance':<12}{'kind':<9}{'s':>3}{'best known':>16}   {'bulou route':<30}{'OR-Tools':<30}VROOM")
    reached = True
    for one in chosen:
        seconds = SHORT if one.customers <= SMALL else LONG
        mine = ours(one, seconds * stretch)
        most = one.vehicles + (one.customers >= ONE_MORE_FROM)
        good = not (mine.broken or mine.left) and mine.gap <= WITHIN[seconds] and (mine.vehicles <= most or not one.by_vehicles)
        reached &= good
        others = [peer(one, seconds) for peer in (or_tools, vroom)] if peers else []
        said = [f"{'–' if other is None else other.said():<30}" for other in others]
        print(
            f"{one.name:<12}{one.kind:<9}{seconds:>3}{one.vehicles:>4}{one.cost:>12,.2f}   {mine.said():<30}{''.join(said)}"
            f"{'' if good else '  SHORT'}",
            flush=True,
        )  # fmt: skip
    return reached


def changes(problem: dict[str, Any], plan: Plan) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(what, the problem before, the problem after) for one change of each kind; ``plan`` names a used vehicle."""
    work = "jobs" if problem.get("jobs") else "shipments"
    less, lost, moved = copy.deepcopy(problem), copy.deepcopy(problem), copy.deepcopy(problem)
    less[work].pop(len(less[work]) // 3)
    lost["vehicles"].pop(plan.routes[0].vehicle)
    one = moved[work][len(moved[work]) // 2]
    where = one if work == "jobs" else one["delivery"]
    (opens, closes), *_ = where["time_windows"]
    where["time_windows"] = (
        [[opens + (closes - opens), closes + 2 * (closes - opens)]] if work == "jobs" else [[opens, closes + 30]]
    )
    return [
        ("a job more", less, problem), ("a job less", problem, less), ("a vehicle lost", problem, lost),
        ("a window moved", problem, moved),
    ]  # fmt: skip


def replanning(chosen: list[Instance]) -> bool:
    """Within a second after a change, beside ten seconds from nothing; whether it was never worse."""
    print(f"\n{'re-planning':<12}{'change':<18}{'before':>16}{'replan 1 s':>18}{'cold 10 s':>16}   (vehicles, cost)")
    good = 0
    rows = 0
    for one in chosen:
        whole = problem_of(one.problem)
        for what, before, after in changes(one.problem, solve(whole, Stop(2), 1)):
            start, changed = problem_of(before), problem_of(after)
            plan = solve(start, Stop(SHORT), 2)
            began = time.perf_counter()
            found = replan(start, plan, Change(changed), seconds=1.0, seed=3)
            spent = time.perf_counter() - began
            broken = check(after, as_json(changed, found, reasons(changed, found), seconds={}))
            cold = score(changed, solve(changed, Stop(SHORT), 4))
            warm = score(changed, found)
            as_good = warm[:3] <= cold[:3] and (warm[:3] < cold[:3] or warm.cost <= cold.cost * 1.001) and not broken
            rows, good = rows + 1, good + as_good
            shown = [f"{each.vehicles:>4} {each.cost:>11,.2f}" for each in (score(start, plan), warm, cold)]
            print(
                f"{one.name:<12}{what:<18}{shown[0]}{shown[1]} {spent:4.2f}s{shown[2]}   {'' if as_good else 'worse'}",
                flush=True,
            )
    print(f"{good} of {rows} as good as the cold run (within 0.1 %)")
    return good == rows


def main() -> int:
    """Both tables; 1 when a figure was not reached."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="*", default=[])
    asked.add_argument("--peers", default="yes", choices=["yes", "no"])
    asked.add_argument("--replan", default="yes", choices=["yes", "no", "only"])
    asked.add_argument(
        "--stretch", type=float, default=1.0, help="so many times the seconds for us, where others take the cores"
    )
    given = asked.parse_args()
    if not FOLDER.is_dir():
        print("routing: skipped, the published instances are not here (BULOU_SHARED names the folder that holds vrp/)")
        return 0
    every = instances()
    reached = True
    if given.replan != "only":
        reached = table(
            [one for one in every if not given.only or one.name in given.only],
            peers=given.peers == "yes",
            stretch=given.stretch,
        )
    if given.replan != "no":
        reached &= replanning([one for one in every if one.name in (given.only or {"rc101", "lrc101"})])
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
