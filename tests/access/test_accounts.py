"""Who opens accounts and makes keys: an operator, for its own jurisdiction only."""

from __future__ import annotations

import pytest

from bulou.access import actions as access
from bulou.access.models import Account, Token
from bulou.kernel.actor import Role
from bulou.kernel.errors import NotFound, NotPermitted, Refused
from bulou.units import actions as units
from tests import city as cities

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(city):
    """The operator of the east district."""
    return city.actor(cities.EAST, role=Role.OPERATOR)


def _open(city, by, unit, name="one"):
    return access.create_account(username=name, password=None, staff=city.staff[unit], by=by, at=cities.at())


def test_an_operator_opens_accounts_below_its_unit_and_nowhere_else(city, operator):
    _open(city, operator, cities.COMMUNITY_A)
    for number, unit in enumerate((cities.COMMUNITY_D, cities.WEST, cities.CITY)):
        with pytest.raises(NotFound):
            _open(city, operator, unit, f"other{number}")
    with pytest.raises(NotFound):
        access.create_account(
            username="wall", password=None, fixed_role=Role.WALL, fixed_unit=cities.CITY, by=operator, at=cities.at()
        )
    assert list(Account.objects.values_list("username", flat=True)) == ["one"]


def test_nobody_else_opens_any(city):
    with pytest.raises(NotPermitted):
        _open(city, city.actor(cities.EAST, role=Role.DUTY_LEADER), cities.COMMUNITY_A)


def test_somebody_who_also_holds_a_post_above_is_not_the_districts_to_open(city, operator):
    post = units.create_post(
        unit=city.units[cities.CITY], kind=units.PostKind.AUDITOR, title="监督员", role=Role.AUDITOR, by=cities.SYSTEM, at=cities.at()
    )  # fmt: skip
    units.fill_post(post=post, staff=city.staff[cities.COMMUNITY_A], by=cities.SYSTEM, at=cities.at())
    with pytest.raises(NotFound):
        _open(city, operator, cities.COMMUNITY_A)


def test_a_key_is_made_for_a_post_below_that_its_person_holds(city, operator):
    by_city = city.actor(cities.CITY, role=Role.OPERATOR)
    near, far = _open(city, operator, cities.COMMUNITY_A, "near"), _open(city, by_city, cities.COMMUNITY_D, "far")
    assert access.create_token(account=near, post=city.posts[cities.COMMUNITY_A], by=operator, at=cities.at()).startswith("bl_")
    with pytest.raises(NotFound):
        access.create_token(account=far, post=city.posts[cities.COMMUNITY_D], by=operator, at=cities.at())
    with pytest.raises(NotFound):
        access.create_token(account=far, by=operator, at=cities.at())
    with pytest.raises(Refused, match="does not hold"):
        access.create_token(account=near, post=city.posts[cities.EAST], by=operator, at=cities.at())
    assert Token.objects.count() == 1


def test_a_key_is_ended_by_its_own_operator_only(city, operator):
    by_city = city.actor(cities.CITY, role=Role.OPERATOR)
    far = _open(city, by_city, cities.COMMUNITY_D, "far")
    access.create_token(account=far, post=city.posts[cities.COMMUNITY_D], by=by_city, at=cities.at())
    token = Token.objects.get()
    with pytest.raises(NotFound):
        access.revoke_token(token=token, by=operator, at=cities.at())
    access.revoke_token(token=token, by=by_city, at=cities.at())
    token.refresh_from_db()
    assert token.revoked_at is not None
