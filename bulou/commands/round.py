"""``bulou round open | extend | close | cancel | list``."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock
from bulou.kernel.errors import InputFault
from bulou.rounds.choices import RoundKind, RoundState

if TYPE_CHECKING:
    from bulou.rounds.models import TestingRound

COMMAND = typer.Typer(add_completion=False, rich_markup_mode=None, help="Test rounds (D1).")
Code = Annotated[str, typer.Argument(help="The round's code.")]
As = Annotated[str, typer.Option("--as", help="The account that acts.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Reason = Annotated[str, typer.Option(help="Why; it goes on record.")]


def _instant(text: str, *, column: str) -> datetime:
    """ISO 8601; without offset in the city's zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        message = f"{text!r} is not an instant"
        raise InputFault(message, column=column, remedy="Write 2022-09-20T08:00.") from fault
    return clock.as_utc(found if found.tzinfo else found.replace(tzinfo=clock.CITY_ZONE))


def _as_json(row: TestingRound) -> dict[str, object]:
    return {
        "code": row.pk,
        "name": row.name,
        "kind": row.kind,
        "area": row.area_id,
        "owner": row.owner_id,
        "state": row.state,
        "opens_at": row.opens_at.isoformat(),
        "deadline_at": row.deadline_at.isoformat(),
        "roster": row.roster_size,
    }


def _say(body: dict[str, object], line: str, *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(body, ensure_ascii=False) if as_json else line) + "\n")


@COMMAND.command("open")
def open_(
    code: Code,
    area: Annotated[str, typer.Option(help="Plan the round first, in this area.")] = "",
    deadline: Annotated[str, typer.Option(help="With --area: ISO 8601.")] = "",
    opens: Annotated[str, typer.Option(help="With --area: planned opening; now when left out.")] = "",
    kind: Annotated[str, typer.Option(help="pcr or antigen")] = "pcr",
    pool: Annotated[int, typer.Option(help="People to a tube.")] = 10,
    name: Annotated[str, typer.Option(help="What people call it; the code when left out.")] = "",
    owner: Annotated[str, typer.Option(help="The unit that keeps it; the actor's own when left out.")] = "",
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """Open a planned round; with --area and --deadline plan it first. Draws the roster if none was imported."""
    setup.django()
    from django.db import transaction  # noqa: PLC0415 - after Django is set up

    from bulou.rounds import actions  # noqa: PLC0415

    by, at = setup.actor(as_user), clock.city()
    if bool(area) != bool(deadline):
        message = "a new round needs an area and a deadline"
        raise InputFault(message, column="--area" if deadline else "--deadline", remedy="Give both, or neither.")
    with setup.sealing(), transaction.atomic():
        if area:
            actions.plan_round(
                code=code,
                name=name or code,
                area=area,
                owner=owner or by.unit,
                opens_at=_instant(opens, column="--opens") if opens else at,
                deadline_at=_instant(deadline, column="--deadline"),
                kind=_kind(kind),
                pool_size=pool,
                by=by,
                at=at,
            )
        row = actions.open_round(round_code=code, by=by, at=at)
    due = f"{clock.local(row.deadline_at):%m-%d %H:%M}"
    _say(_as_json(row), f"{code} is open: {row.roster_size:,} people, due {due}", as_json=as_json)


def _kind(text: str) -> RoundKind:
    try:
        return RoundKind(text)
    except ValueError as fault:
        message = f"no kind of round is called {text!r}"
        raise InputFault(message, column="--kind", remedy="pcr or antigen.") from fault


@COMMAND.command()
def extend(
    code: Code,
    deadline: Annotated[str, typer.Option(help="The new deadline, ISO 8601.")],
    reason: Reason,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """Move the deadline to a later instant, and say what that does to the open duties."""
    setup.django()
    from bulou.rounds import actions, queries  # noqa: PLC0415 - after Django is set up

    by, at, until = setup.actor(as_user), clock.city(), _instant(deadline, column="--deadline")
    if dry_run:
        effect = queries.extension_effect(by, code, deadline_at=until, now=at)
    else:
        with setup.sealing():
            effect = actions.extend_round(round_code=code, deadline_at=until, reason=reason, by=by, at=at).effect
    body = {
        "code": code,
        "deadline_at": until.isoformat(),
        "dry_run": dry_run,
        "moved": effect.moved,
        "no_longer_overdue": effect.no_longer_overdue,
        "still_overdue": effect.still_overdue,
    }
    line = (
        f"{code} {'would be' if dry_run else 'is'} due {clock.local(until):%m-%d %H:%M}: {effect.moved} duties move, "
        f"{effect.no_longer_overdue} are no longer overdue, {effect.still_overdue} still are"
    )
    _say(body, line, as_json=as_json)


@COMMAND.command()
def close(code: Code, as_user: As = "", as_json: Json = False) -> None:
    """Close a round; past its deadline the missing become person duties first (the cut-off)."""
    setup.django()
    from bulou.rounds import actions, queries  # noqa: PLC0415 - after Django is set up
    from bulou.testing import actions as testing  # noqa: PLC0415

    by, at, people = setup.actor(as_user), clock.city(), 0
    row = queries.visible_round(by, code)
    with setup.sealing():
        if row.state == RoundState.OPEN and row.cut_off_at is None:
            if at >= row.deadline_at:
                people = testing.cut_off(round_code=code, by=by, at=at).people
            else:
                testing.refresh_progress(round_code=code, by=by, at=at)
        row = actions.close_round(round_code=code, by=by, at=at)
    line = f"{code} is closed; {people:,} people are now owed one by one"
    _say(_as_json(row) | {"missing": people}, line, as_json=as_json)


@COMMAND.command()
def cancel(code: Code, reason: Reason, as_user: As = "", as_json: Json = False) -> None:
    """Cancel a round: nobody owes anything for it any more."""
    setup.django()
    from bulou.rounds import actions  # noqa: PLC0415 - after Django is set up

    with setup.sealing():
        row = actions.cancel_round(round_code=code, reason=reason, by=setup.actor(as_user), at=clock.city())
    _say(_as_json(row), f"{code} is cancelled: {reason}", as_json=as_json)


@COMMAND.command("list")
def list_(
    state: Annotated[str, typer.Option(help="planned, open, closed, cancelled or frozen")] = "",
    as_user: As = "",
    as_json: Json = False,
) -> None:
    """The rounds that the account may see, with the last figures of its own part of each."""
    setup.django()
    from bulou.testing import queries  # noqa: PLC0415 - after Django is set up

    if state and state not in set(RoundState):
        message = f"no round is ever {state!r}"
        raise InputFault(message, column="--state", remedy=f"{', '.join(RoundState)}.")
    found = queries.overview(setup.actor(as_user), state=state)
    rows: list[dict[str, object]] = [
        _as_json(one.round)
        | {
            "place": one.place,
            "as_of": one.as_of.isoformat() if one.as_of else None,
            "tested": one.tally.tested if one.tally else None,
            "exempt": one.tally.exempt if one.tally else None,
            "missing": one.tally.missing if one.tally else None,
        }
        for one in found
    ]
    if as_json:
        _say({"at": clock.city().isoformat(), "rounds": rows}, "", as_json=True)
        return
    for row, one in zip(rows, found, strict=True):
        counted = f"{row['missing']:,} of {one.tally.roster:,} missing" if one.tally else "not counted yet"
        due = f"due {clock.local(one.round.deadline_at):%m-%d %H:%M}"
        sys.stdout.write(f"{row['code']:<16} {row['state']:<10} {row['kind']:<8} {due}  {counted}  {row['name']}\n")
