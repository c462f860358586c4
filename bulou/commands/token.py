"""``bulou token create|revoke``: keys of devices and laboratories to the API."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.commands.user import account, operator
from bulou.kernel import clock
from bulou.kernel.errors import NotFound

COMMAND = typer.Typer(add_completion=False, rich_markup_mode=None, help="Tokens for the API.")


@COMMAND.command()
def create(
    user: Annotated[str, typer.Option(help="The account as which the token acts.")],
    unit: Annotated[str, typer.Option(help="The unit in whose post it acts; the first post held when left out.")] = "",
    label: Annotated[str, typer.Option(help="What it is for: the device's name.")] = "",
    days: Annotated[int, typer.Option(min=1, help="How long it is valid.")] = 30,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Make a token; its secret is printed once and kept nowhere."""
    setup.django()
    from bulou.access import actions  # noqa: PLC0415 - after Django is set up
    from bulou.units import queries  # noqa: PLC0415

    found = account(user)
    held = list(queries.posts_held(found.staff.pk, at=clock.city())) if found.staff else []
    post = next((one for one in held if one.unit_id == unit), held[0] if held and not unit else None)
    if unit and post is None:
        raise NotFound(f"{user} holds no post of {unit} now", remedy="Name a unit in which the person holds a post.")
    with setup.sealing():
        secret = actions.create_token(
            account=found,
            post=post,
            label=label,
            expires_at=clock.wall() + timedelta(days=days),
            by=operator(post.unit_id if post else found.fixed_unit),
            at=clock.city(),
        )
    sys.stdout.write(json.dumps({"token": secret}) + "\n" if as_json else f"{secret}\n")


@COMMAND.command()
def revoke(
    user: Annotated[str, typer.Option(help="The account whose tokens end.")],
    label: Annotated[str, typer.Option(help="Only those with this label.")] = "",
) -> None:
    """End an account's tokens at once."""
    setup.django()
    from bulou.access import actions  # noqa: PLC0415 - after Django is set up

    found = account(user).tokens.filter(revoked_at=None)
    rows = list(found.filter(label=label) if label else found)
    with setup.sealing():
        for row in rows:
            actions.revoke_token(token=row, by=operator("CN"), at=clock.city())
    sys.stdout.write(f"{len(rows)} revoked\n")
