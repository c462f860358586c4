"""G10: a compound of 220,000 people in towers of 40 floors: work lists by tower and floor, on paper and scanned back.

Mirror: the paper comes back in time, and nobody is told.
"""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.people.models import Resident
from bulou.rounds import actions as rounds
from bulou.rounds.models import RosterEntry
from bulou.testing import queries as testing
from bulou.testing.models import Visit
from bulou.worklists import actions as worklists
from bulou.worklists import queries
from bulou.worklists.models import Sheet
from tests import city as cities
from tests import town
from tests.callers import callers
from tests.city import CITY, COMMUNITY_A, SITE_A, STREET_1, at

pytestmark = pytest.mark.django_db
TOWERS, FLOORS, DOORS, MEMBERS = 120, 40, 15, 3  # 216,000 people


def _rows(towers):
    """Towers by number: from a person's number follow floor, door and tower."""
    tower, floor = FLOORS * DOORS * MEMBERS, DOORS * MEMBERS
    for number in range(towers[0] * tower, towers[-1] * tower + tower):
        place = f"{COMMUNITY_A}-{1 + number // tower:04}-{1 + number % tower // floor:03}"
        yield RosterEntry(round_id="R1", person_id=f"T{number:06}", place_code=place, household_id=f"H{number // MEMBERS:06}")


def _count_rows():
    """What PostgreSQL does by itself between two days of work; inside of a test's transaction it cannot."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _compound(city, towers):
    """Towers on the roster of a running round; the seventh with names, and all but 400 of it sampled."""
    town.plan(city)
    RosterEntry.objects.bulk_create(_rows(towers), batch_size=5_000)
    _count_rows()
    rounds.open_round(round_code="R1", by=city.actor(CITY), at=at())
    tower = RosterEntry.objects.filter(round="R1", place_code__startswith=f"{COMMUNITY_A}-0007").order_by("person_id")
    people = list(tower.values_list("person_id", "place_code", "household_id"))
    Resident.objects.bulk_create(
        Resident(person_id=person, name="王小明", identity_kind="none", place_code=place, household_id=household)
        for person, place, household in people
    )
    site = town.site(city, SITE_A, lab=town.laboratory(city))
    town.sample(site, [person for person, _, _ in people[400:]], registered_at=at(1))
    _count_rows()


def test_a_tower_is_one_list_by_floor_on_paper_and_comes_back_as_visits(city):
    _compound(city, range(TOWERS))
    view = testing.place_view(city.actor(COMMUNITY_A), "R1", COMMUNITY_A, now=at(2))
    assert (len(view.children), view.place.tally.roster) == (TOWERS, TOWERS * FLOORS * DOORS * MEMBERS)
    floors = testing.place_view(city.actor(COMMUNITY_A), "R1", f"{COMMUNITY_A}-0007", now=at(2))
    assert len(floors.children) == FLOORS
    with pytest.raises(InputFault, match="one list holds"):
        _print(city, COMMUNITY_A)
    with CaptureQueriesContext(connection) as made:
        sheet = _print(city, f"{COMMUNITY_A}-0007")
    assert len(made) < 60, "whatever the compound's size"
    with CaptureQueriesContext(connection) as read:
        _, lines = queries.read_sheet(city.actor(COMMUNITY_A), sheet.pk, at=at(2))
    assert len(read) <= 8
    assert (sheet.people, len(lines)) == (400, 400)
    places = [line.place_code for line in lines]
    assert places == sorted(places, reverse=True), "from the top floor down"
    assert len(set(places)) == 9, "400 people of nine floors are missing; the other floors are not on paper"
    with pytest.raises(NotFound):
        queries.read_sheet(city.actor(cities.STREET_2), sheet.pk, at=at(2))

    # The paper day: half is filled in at night; one line is refused, and stands with the round's visits alone.
    ticks = "\n".join(f"{number} {'refused' if number == 3 else 'away'}" for number in range(1, 41))
    worklists.fill_in(code=sheet.pk, ticks=ticks, by=city.actor(COMMUNITY_A), at=at(9))
    with pytest.raises(InputFault, match="no number 401"):
        worklists.fill_in(code=sheet.pk, ticks="5 away\n401 away", by=city.actor(COMMUNITY_A), at=at(9.1))
    sheet.refresh_from_db()
    assert (sheet.entered, Visit.objects.count()) == (40, 40), "all lines of one filling, or none"
    data = Entry.objects.get(tag="worklist:sheet:entered").data
    assert "refused" not in data

    # It does not come back; then it is said to be lost.
    for hour in (12.9, 13.1, 14.1):
        sweep(at=at(hour))
    assert _told("worklist.returned") == [(COMMUNITY_A, 13), (STREET_1, 14)]
    worklists.lose_sheet(code=sheet.pk, reason="晚上八点在 7 栋大厅还见过", by=city.actor(COMMUNITY_A), at=at(15))
    sweep(at=at(15))
    assert _told("worklist.loss_looked") == [(STREET_1, 15)], "names are abroad: the unit above knows at once"
    with pytest.raises(InputFault):
        worklists.look_at_loss(code=sheet.pk, result="x", by=city.actor(COMMUNITY_A), at=at(15.5))
    worklists.look_at_loss(code=sheet.pk, result="已告知 7 栋住户", by=city.actor(STREET_1), at=at(16))
    assert not Duty.objects.filter(about=f"sheet:{sheet.pk}", state="open").exists()
    seal(at=at(17))
    assert verify(at=at(17)).broken is None


def test_mirror_the_paper_is_back_in_time_and_nobody_is_told(city):
    _compound(city, [6])
    sheet = _print(city, f"{COMMUNITY_A}-0007-003")
    assert sheet.people == DOORS * MEMBERS
    worklists.return_sheet(code=sheet.pk, note="社区保险柜", by=city.actor(COMMUNITY_A), at=at(8))
    for hour in (13, 14, 20):
        sweep(at=at(hour))
    assert _told("worklist.returned") == []
    assert Sheet.objects.get().state == "returned"


def _print(city, place):
    return worklists.print_sheet(round="R1", place_code=place, holder="网格员小李", by=city.actor(COMMUNITY_A), at=at(2))


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, int((one.due_at - at()).total_seconds() // 3600)) for one in found]


def test_the_page_is_ticked_on_a_phone_and_leads_to_itself_by_its_code(city):
    _compound(city, [6])
    sheet = _print(city, f"{COMMUNITY_A}-0007-003")
    browser, _ = callers(Role.COMMUNITY_WORKER, COMMUNITY_A)
    shown = browser.get(f"/paper/{sheet.pk}/").content.decode()
    assert shown.count('name="line-') == DOORS * MEMBERS
    assert "<svg" in shown
    assert "王小明" not in shown, "masked, on the screen and on paper"
    done = browser.post(f"/paper/{sheet.pk}/enter/", {"line-1": "away", "line-2": "", "line-5": "sick"})
    assert (done.status_code, Visit.objects.count()) == (302, 2)
    browser, _ = callers(Role.SITE_LEAD, STREET_1)
    assert browser.get(f"/paper/{sheet.pk}/").status_code in {403, 404}
