"""Why a task is in no route, in plain words: the first limit that no vehicle alone could keep, or that all are taken."""

from __future__ import annotations

from dataclasses import replace

from bulou.routing.plan import Plan, fits
from bulou.routing.problem import LAST, Problem, Task, Vehicle


def servable(problem: Problem) -> list[int]:
    """The tasks that at least one vehicle could serve if it did nothing else."""
    kinds = list({vehicle.alike: vehicle for vehicle in problem.vehicles}.values())
    return [at for at, task in enumerate(problem.tasks) if any(fits(problem, one, task.stops) for one in kinds)]


def reasons(problem: Problem, plan: Plan) -> dict[int, str]:
    """A sentence for each task that the plan leaves out."""
    return {at: _reason(problem, problem.tasks[at], plan) for at in plan.unassigned(problem)}


def _reason(problem: Problem, task: Task, plan: Plan) -> str:
    able = [vehicle for vehicle in problem.vehicles if task.skills <= vehicle.skills]
    if not able:
        held = set().union(*(vehicle.skills for vehicle in problem.vehicles))
        lacking = sorted(task.skills - held)
        if lacking:
            return f"No vehicle has skill {lacking[0]}."
        return f"No vehicle has all of the skills {', '.join(map(str, sorted(task.skills)))}."
    return _too_much(able, task) or _alone(problem, able, task) or _taken(problem, able, task, plan)


def _too_much(able: list[Vehicle], task: Task) -> str:
    """Said when the amount is more than any vehicle holds."""
    for dim in range(len(task.amount)):
        asked = max(task.delivery[dim], task.pickup[dim], task.amount[dim])
        most = max(vehicle.capacity[dim] for vehicle in able)
        if asked > most:
            return f"It asks for {asked} of quantity {dim + 1}; the largest vehicle that may serve it holds {most}."
    return ""


LIMITS = (
    ("max_tasks", "its stops are more than max_tasks"),
    ("max_travel_time", "the way there and back is longer than max_travel_time"),
    ("max_distance", "the way there and back is farther than max_distance"),
    ("max_duration", "the round takes longer than max_duration"),
    ("window", "it cannot be there and back within the vehicle's time_window"),
)


def _alone(problem: Problem, able: list[Vehicle], task: Task) -> str:
    """Said when no vehicle could serve it even alone: which limit has to be lifted for that."""
    if any(fits(problem, vehicle, task.stops) for vehicle in able):
        return ""
    for name, says in LIMITS:
        lifted = [replace(vehicle, **{name: (0, LAST) if name == "window" else LAST}) for vehicle in able]  # type: ignore[arg-type]
        if any(fits(problem, vehicle, task.stops) for vehicle in lifted):
            return f"No vehicle could serve it even alone: {says}."
    return "No vehicle could be there within its time windows and the vehicle's limits, even alone."


def _taken(problem: Problem, able: list[Vehicle], task: Task, plan: Plan) -> str:
    could = [vehicle.id for vehicle in able if fits(problem, vehicle, task.stops)]
    busy = len({problem.vehicles[route.vehicle].id for route in plan.routes if route.stops} & set(could))
    who = "The only vehicle" if len(could) == 1 else f"Each of the {len(could)} vehicles"
    if busy < len(could):
        return f"{who} that could serve it was left without it: no better plan was found in time."
    return f"{who} that could serve it is taken: it fits into no route in time, load and limits."
