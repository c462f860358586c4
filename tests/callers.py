"""A browser and a token of somebody who holds a post of a role in a unit: how pages and operations are asked as that role."""

from __future__ import annotations

from django.test import Client

from bulou.access import actions as access
from bulou.kernel.actor import Actor, Door, Role
from bulou.units.choices import PostKind
from bulou.units.models import Holding, Post, Staff, Unit
from tests import city as cities


def callers(role, unit):
    """The browser, logged in, and the token's secret."""
    by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
    staff = Staff.objects.create(number=f"M-{role}", name="矩阵", home_unit_id=unit)
    post = Post.objects.create(unit=Unit.objects.get(pk=unit), kind=PostKind.STEWARD, title=role, role=role, place_code=unit)
    Holding.objects.create(post=post, staff=staff, kind="holder", starts_at=cities.at(-1))
    account = access.create_account(username=f"m-{role}", password="a-long-password", staff=staff, by=by, at=cities.at())
    token = access.create_token(account=account, post=post, by=by, at=cities.at())
    browser = Client()
    browser.force_login(account)
    return browser, token
