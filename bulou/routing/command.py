"""What ``bulou route`` does: read, solve, say why what is left is left, have the checker agree."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bulou.kernel.errors import BulouError
from bulou.routing.answer import as_json
from bulou.routing.check import check
from bulou.routing.fields import decoded
from bulou.routing.plan import Plan
from bulou.routing.problem import Problem
from bulou.routing.reading import problem_of
from bulou.routing.reasons import reasons
from bulou.routing.solve import Stop, solve


def route_file(path: Path, *, seconds: float, seed: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The answer to a problem file, as VROOM's JSON, and the keys of the file that mean nothing here."""
    began = time.monotonic()
    found = decoded(path)
    problem = problem_of(found, file=path.name)
    loaded = time.monotonic()
    plan = solve(problem, Stop(seconds), seed)
    spent = {"loading": loaded - began, "solving": time.monotonic() - loaded}
    return answered(found, problem, plan, spent), problem.ignored


def answered(found: dict[str, Any], problem: Problem, plan: Plan, spent: dict[str, float]) -> dict[str, Any]:
    """The plan's JSON; ``BulouError`` when the independent checker finds a rule broken, which is a fault of ours."""
    answer = as_json(problem, plan, reasons(problem, plan), seconds=spent)
    violations = check(found, answer)
    if violations:
        message = f"the plan found breaks {len(violations)} rules; the first: {violations[0].line()}."
        raise BulouError(message, code="checker", remedy="Nothing was written. Please report it with the problem file.")
    return answer
