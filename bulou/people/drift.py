"""Why base numbers move (底数变动): the writer of ``BaseNumberChange``, by set for files and one by one for actions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from bulou.people.choices import DriftCause
from bulou.people.models import BaseNumberChange

COMMUNITY = 12  # digits of a community's code; what lies deeper is counted there
Steps = Mapping[tuple[str, str], int]  # (community, cause) → people


def note(steps: Steps, *, at: datetime, source: str) -> int:
    """Write what moved, one row for each community and cause; returns by how much the whole changed."""
    BaseNumberChange.objects.bulk_create(
        BaseNumberChange(place_code=place, changed_at=at, cause=cause, change=change, source=source[:120])
        for (place, cause), change in sorted(steps.items())
        if change
    )
    return sum(steps.values())


def note_one(place_code: str, cause: DriftCause, change: int, *, at: datetime, source: str) -> None:
    """Write one person's coming or going."""
    note({(place_code[:COMMUNITY], cause.value): change}, at=at, source=source)


def note_move(was_at: str, place_code: str, *, at: datetime, source: str) -> None:
    """Write that one person moved to another community; within one community nothing moved."""
    if was_at[:COMMUNITY] != place_code[:COMMUNITY]:
        moved = DriftCause.MOVED.value
        note({(was_at[:COMMUNITY], moved): -1, (place_code[:COMMUNITY], moved): 1}, at=at, source=source)


def cause_of_new(columns: frozenset[str]) -> str:
    """The expression for why a file's new person counts, over the file's ``columns``; empty for who counts nowhere.

    A cause that the file names stands; else a newborn was born, who has a day of arrival arrived, and everybody else is
    entered for the first time. Who has left already adds nothing.
    """
    cause = f"'{DriftCause.REGISTERED.value}'"
    if "since_on" in columns:
        cause = f"CASE WHEN since_on <> '' THEN '{DriftCause.ARRIVED.value}' ELSE {cause} END"
    if "identity_kind" in columns:
        cause = f"CASE WHEN identity_kind = 'newborn' THEN '{DriftCause.BORN.value}' ELSE {cause} END"
    if "cause" in columns:
        cause = f"CASE WHEN cause <> '' THEN cause ELSE {cause} END"
    if "left_on" in columns:
        cause = f"CASE WHEN left_on <> '' THEN '' ELSE {cause} END"
    return cause


def of_changed(*, changed: str) -> Steps:
    """What a file moved among people who stood already; asked after they were updated.

    ``changed`` holds ``person_id, was_place_code, was_left_on`` from before.
    """
    other = f"substr(c.was_place_code, 1, {COMMUNITY}) <> substr(t.place_code, 1, {COMMUNITY})"
    joined = f"FROM {changed} c JOIN people_resident t ON t.person_id = c.person_id"
    out = _steps(
        f"SELECT substr(c.was_place_code, 1, {COMMUNITY}), CASE WHEN t.left_on IS NULL THEN 'moved' ELSE 'left' END AS cause, "
        f"-count(*) {joined} WHERE c.was_left_on IS NULL AND (t.left_on IS NOT NULL OR {other}) GROUP BY 1, 2"
    )
    into = _steps(
        f"SELECT substr(t.place_code, 1, {COMMUNITY}), "
        f"CASE WHEN c.was_left_on IS NULL THEN 'moved' ELSE 'arrived' END AS cause, count(*) {joined} "
        f"WHERE t.left_on IS NULL AND (c.was_left_on IS NOT NULL OR {other}) GROUP BY 1, 2"
    )
    return merged(out, into)


def merged(*found: Steps) -> Steps:
    """Several sets of steps as one: the sums of each community and cause."""
    total: Counter[tuple[str, str]] = Counter()
    for steps in found:
        for key, change in steps.items():
            total[key] += change
    return total


def _steps(statement: str) -> Steps:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {(place, cause): int(change) for place, cause, change in cursor.fetchall()}


def unequal() -> list[tuple[str, int, int]]:
    """Communities whose changes do not add up to who stays there, asked as one set: (community, changes, residents)."""
    statement = f"""
        SELECT place, sum(changes), sum(residents) FROM (
            SELECT place_code AS place, sum(change) AS changes, 0 AS residents FROM people_basenumberchange GROUP BY place_code
            UNION ALL
            SELECT substr(place_code, 1, {COMMUNITY}), 0, count(*) FROM people_resident WHERE left_on IS NULL
             GROUP BY substr(place_code, 1, {COMMUNITY})
        ) AS both_sides GROUP BY place HAVING sum(changes) <> sum(residents) ORDER BY place
    """
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [(place, int(changes), int(residents)) for place, changes, residents in cursor.fetchall()]
