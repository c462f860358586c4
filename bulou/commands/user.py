"""``bulou user create|list|password``: accounts, by whoever runs the machine."""

from __future__ import annotations

import getpass
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role, system
from bulou.kernel.errors import Conflict, InputFault, NotFound

if TYPE_CHECKING:
    from bulou.access.models import Account

COMMAND = typer.Typer(add_completion=False, rich_markup_mode=None, help="Accounts.")
_SHORTEST = 10  # characters; the settings' own validator says the same


def operator(unit: str) -> Actor:
    """Whoever runs the machine: may keep accounts, and signs nothing of the city's work."""
    return system(unit=unit, door=Door.CLI)


def account(username: str) -> Account:
    """The account of a name; ``NotFound`` when there is none."""
    from bulou.access.models import Account  # noqa: PLC0415 - after Django is set up

    found = Account.objects.select_related("staff").filter(username=username).first()
    if found is None:
        raise NotFound(f"no account is called {username!r}", remedy="bulou user list shows the accounts.")
    return found


def _password() -> str:
    given = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    if len(given) < _SHORTEST:
        raise InputFault(f"a password has at least {_SHORTEST} characters", column="password")
    return given


@COMMAND.command()
def create(
    username: str,
    staff: Annotated[str, typer.Option(help="The staff number of the person; its posts decide what it may do.")] = "",
    role: Annotated[str, typer.Option(help="For an account without a person: wall or operator.")] = "",
    unit: Annotated[str, typer.Option(help="That account's unit.")] = "",
) -> None:
    """Open an account; the password is asked for, or read from standard input."""
    setup.django()
    from bulou.access import actions  # noqa: PLC0415 - after Django is set up
    from bulou.access.models import Account  # noqa: PLC0415
    from bulou.units.models import Staff  # noqa: PLC0415

    if Account.objects.filter(username=username).exists():
        raise Conflict(f"an account is called {username!r} already", remedy="Choose another name.")
    person = Staff.objects.filter(number=staff).first() if staff else None
    if staff and person is None:
        raise NotFound(f"nobody has the staff number {staff!r}")
    if person is None and not (role and unit):
        raise InputFault("an account belongs to a person (--staff) or has a --role and a --unit")
    with setup.sealing():
        actions.create_account(
            username=username,
            password=_password(),
            staff=person,
            fixed_role=Role(role) if person is None else None,
            fixed_unit=unit if person is None else "",
            by=operator(person.home_unit_id if person else unit),
            at=clock.city(),
        )
    sys.stdout.write(f"{username}\n")


@COMMAND.command(name="list")
def list_(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The accounts and for whom they are."""
    setup.django()
    from bulou.access.models import Account  # noqa: PLC0415 - after Django is set up

    rows = [
        {
            "username": one.username,
            "unit": one.staff.home_unit_id if one.staff else one.fixed_unit,
            "role": one.fixed_role,
            "active": one.is_active,
        }
        for one in Account.objects.select_related("staff")
    ]
    if as_json:
        sys.stdout.write(json.dumps({"accounts": rows}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("".join(f"{row['username']:<20} {row['unit']:<28} {row['role']}\n" for row in rows))


@COMMAND.command()
def password(username: str) -> None:
    """Set a new password, asked for or read from standard input."""
    setup.django()
    found = account(username)
    found.set_password(_password())
    found.save(update_fields=("password",))
    sys.stdout.write(f"{username}\n")
