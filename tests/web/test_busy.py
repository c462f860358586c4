"""Too many write at once: a page says that nothing was done, and keeps no other thread waiting."""

from __future__ import annotations

import gc
import sqlite3
import weakref

import pytest
from django.db import OperationalError
from django.urls import reverse

from bulou.access import actions as access
from bulou.kernel.actor import Actor, Door, Role
from bulou.kernel.errors import let_go
from tests import city as cities


@pytest.mark.django_db
def test_a_page_says_that_nothing_was_done(city, client, monkeypatch):
    by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
    account = access.create_account(
        username="x", password="a-long-password", staff=city.staff[cities.CITY], by=by, at=cities.at()
    )
    client.force_login(account)

    def locked(*_, **__):
        raise OperationalError("database is locked")

    monkeypatch.setattr("bulou.web.views.books.reading.listed", locked)
    answer = client.get(reverse("web:environment"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "Traceback" not in answer.content.decode()

    def broken(*_, **__):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr("bulou.web.views.books.reading.listed", broken)
    with pytest.raises(OperationalError):
        client.get(reverse("web:environment"))


def test_an_answered_error_keeps_no_cursor():
    kept = []

    def fails():
        cursor = sqlite3.connect(":memory:").execute("SELECT 1")
        kept.append(weakref.ref(cursor))
        raise OperationalError("database is locked")

    gc.disable()
    try:
        try:
            fails()
        except OperationalError as fault:
            held = fault
        assert kept[0]() is not None, "the traceback keeps it"
        let_go(held)
        assert kept[0]() is None
    finally:
        gc.enable()
