"""G24: a carer is to be moved and a bedridden parent stays: nothing is committed without a named carer.

Mirror: somebody is named, or both are moved together; nobody is asked anything.
"""

from __future__ import annotations

import pytest

from bulou.duties import sweep
from bulou.duties.models import Duty, Notice
from bulou.kernel.errors import Refused
from bulou.people.models import Resident
from bulou.transfer import actions as transfer
from bulou.transfer import planning
from bulou.transfer.models import LeftOut, Leg, TransferRequest, Trip
from tests.city import COMMUNITY_A, EAST, STREET_1, at
from tests.transfer import by_first_come
from tests.transfer.desk import open_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(city, monkeypatch):
    """A daughter who is a contact, her bedridden father who is not, in one household."""
    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    desk = open_desk(city)
    daughter = desk.people(1, household="H1")[0]
    father = desk.people(1, household="H1", first=9, vulnerable="aged_80;bedridden")[0]
    return desk, daughter, father


def test_the_carer_is_not_moved_and_the_community_owes_a_name_within_the_hour(home):
    desk, daughter, father = home
    asked = desk.ask([daughter], when=at(0))[0]
    plan = desk.planned(when=at(0.5))
    left = LeftOut.objects.get(plan=plan)
    assert (left.request_id, left.code) == (asked.pk, "leaves_dependent")
    assert not Leg.objects.exists()
    owed = Duty.objects.get(kind="transfer.carer_named")
    assert (owed.owner_id, owed.about, owed.due_at) == (COMMUNITY_A, f"carer:{father}", at(1.5))
    assert father in owed.why
    sweep.sweep(at=at(1))
    sweep.sweep(at=at(1.5))
    told = list(Notice.objects.filter(duty=owed).order_by("id").values_list("unit_id", "told_at"))
    assert told == [(COMMUNITY_A, at(1)), (EAST, at(1.5))]
    asked.refresh_from_db()
    assert asked.state == "left_in_place"
    assert Duty.objects.get(kind="transfer.morning", about=f"transfer:{asked.pk}").owner_id == EAST
    assert STREET_1.startswith(EAST)


def test_a_proposal_made_before_the_father_was_known_cannot_be_committed(home):
    desk, daughter, father = home
    Resident.objects.filter(pk=father).update(vulnerable="")
    desk.ask([daughter], when=at(0))
    plan = transfer.propose_plan(by=desk.lead, at=at(0.5))
    assert plan.placed == 1
    Resident.objects.filter(pk=father).update(vulnerable="bedridden")
    with pytest.raises(Refused, match=father):
        transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(0.55))
    plan.refresh_from_db()
    assert (plan.state, plan.violations[0]["code"]) == ("refused", "A11")
    assert not Trip.objects.exists()
    assert TransferRequest.objects.get().state == "open"


def test_nor_is_the_carer_seated_by_hand(home):
    desk, daughter, _ = home
    other = desk.people(1, first=20)
    desk.ask(other, when=at(0))
    desk.planned(when=at(0.5))
    asked = desk.ask([daughter], when=at(0.6))[0]
    with pytest.raises(Refused, match="without one"):
        transfer.seat_person(code=asked.pk, trip_code=Trip.objects.get().pk, room_id="9902/00005", by=desk.lead, at=at(0.7))


def test_with_a_named_carer_the_daughter_goes(home):
    desk, daughter, father = home
    transfer.propose_plan(by=desk.lead, at=at(0.1)) if desk.ask([daughter], when=at(0)) else None
    carer = transfer.name_carer(
        person_id=father, carer_name="社区护理员", phone="13900000000", by=desk.city.actor(COMMUNITY_A), at=at(0.3)
    )
    assert Duty.objects.get(kind="transfer.carer_named").proof.endswith(f"carer:{carer.pk}")
    plan = desk.planned(when=at(0.5))
    assert (plan.placed, plan.left.count()) == (1, 0)


def test_where_another_adult_stays_nobody_is_bothered(home):
    desk, daughter, _ = home
    desk.people(1, household="H1", first=5)
    desk.ask([daughter], when=at(0))
    assert desk.planned(when=at(0.5)).placed == 1
    assert not Duty.objects.filter(kind="transfer.carer_named").exists()


def test_the_last_of_two_carers_stays(home):
    desk, daughter, father = home
    son = desk.people(1, household="H1", first=5)[0]
    desk.ask([daughter], when=at(0), group="a")
    desk.ask([son], when=at(0), group="b")
    plan = desk.planned(when=at(0.5))
    assert plan.placed == 1  # one goes, the other is all that the father has
    assert Duty.objects.get(kind="transfer.carer_named").about == f"carer:{father}"
