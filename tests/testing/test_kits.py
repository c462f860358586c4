"""Kits of an antigen round are owed by every community, counted by household, and never more than there are doors."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.models import Duty
from bulou.exchange.exporting import export_file
from bulou.exchange.importing import import_file
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.people.models import Resident
from bulou.rounds.choices import RoundKind
from bulou.testing import kits
from bulou.testing.models import AntigenReport, KitDelivery
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, at

pytestmark = pytest.mark.django_db
HOME = f"{COMMUNITY_A}-0001-001"


@pytest.fixture
def running(city):
    """Three to a household: 10 people in A are 4 households, 3 in C are one; somebody in A has none and counts as one."""
    town.settle(HOME, 10)
    town.settle(COMMUNITY_C, 3)
    Resident.objects.create(person_id="ALONE", place_code=HOME, identity_kind="none")
    town.running(city, kind=RoundKind.ANTIGEN)
    return city


def deliver(city, households, *, unit=COMMUNITY_A, hours=1.0, evidence="清单 1"):
    return kits.deliver_kits(
        code=f"R1:{COMMUNITY_A}", households=households, evidence=evidence, by=city.actor(unit), at=at(hours)
    )


def owed(place=COMMUNITY_A):
    return Duty.objects.get(kind="antigen.kits_delivered", about=f"kits:R1:{place}")


def test_each_community_owes_its_doors(running):
    assert dict(KitDelivery.objects.values_list("place_code", "households")) == {COMMUNITY_A: 5, COMMUNITY_C: 1}
    assert (owed().owner_id, owed().due_at, owed(COMMUNITY_C).owner_id) == (COMMUNITY_A, at(2), COMMUNITY_C)


def test_the_last_door_closes_the_duty_and_no_more_kits_than_doors_are_counted(running):
    deliver(running, 3)
    assert owed().state == "open"
    with pytest.raises(Refused, match="2 households are without"):
        deliver(running, 3)
    row = deliver(running, 2, hours=1.5)
    assert (row.delivered, row.missing, row.done_at, owed().state) == (5, 0, at(1.5), "fulfilled")
    assert owed(COMMUNITY_C).state == "open"


def test_it_says_what_is_wrong(running):
    for wrong, column in (({"evidence": " "}, "evidence"), ({"households": 0}, "households")):
        with pytest.raises(InputFault) as found:
            deliver(running, **{"households": 1, **wrong})
        assert found.value.column == column
    with pytest.raises(NotFound):
        deliver(running, 1, unit=COMMUNITY_B)
    for wrong in ({"delivered": 6, "evidence": "x"}, {"delivered": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            KitDelivery.objects.filter(place_code=COMMUNITY_A).update(**wrong)


def test_a_pcr_round_owes_no_kits(city):
    town.settle(HOME, 3)
    town.running(city)
    assert not KitDelivery.objects.exists()
    assert not Duty.objects.filter(kind="antigen.kits_delivered").exists()


def test_a_captains_list_comes_in_once_and_its_faults_are_named(running, tmp_path):
    people = list(Resident.objects.filter(place_code=HOME).values_list("pk", flat=True)[:3])
    path = tmp_path / "day.csv"
    path.write_text(
        "person_id,outcome,reported_at\n"
        f"{people[0]},negative,2022-09-20T09:10:00+08:00\n{people[1]},positive,2022-09-20T09:12:00+08:00\n"
        f"{people[2]},maybe,2022-09-20T09:13:00+08:00\nnobody,negative,2022-09-20T09:14:00+08:00\n"
        f"{people[2]},negative,2022-09-21T09:14:00+08:00\n",
        encoding="utf-8",
    )
    rejects = tmp_path / "rejects.csv"
    by = running.actor(CITY)
    counts = import_file(kind="self_tests", path=path, by=by, at=at(3), round_code="R1", rejects=rejects)
    assert (counts.rows_in, counts.created, counts.rejected) == (5, 2, 3)
    assert [line.split(",")[0] for line in rejects.read_text().splitlines()[1:]] != []
    assert Duty.objects.filter(kind="antigen.visited", state="open").count() == 1
    out = tmp_path / "out.csv"
    export_file(kind="self_tests", target=out, by=by, at=at(3))
    again = import_file(kind="self_tests", path=out, by=by, at=at(4))
    assert (again.rows_in, again.unchanged) == (2, 2)
    assert AntigenReport.objects.count() == 2
