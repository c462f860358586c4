"""Areas that the codes do not know: shipped with their source, two Guiyangs, usable where places are, honest where limits are unknown."""

from __future__ import annotations

import pytest

from bulou.kernel.actor import Actor, Door, Role, system
from bulou.kernel.errors import InputFault, NotFound
from bulou.people import actions as people
from bulou.people import base_numbers, queries
from bulou.places import actions as places
from bulou.places.models import Area, AreaPart
from bulou.reporting import base_figures, holdings
from bulou.rounds import actions as rounds
from bulou.units import territory
from tests import city as cities

pytestmark = pytest.mark.django_db
LEADER = Actor(account="l", name="l", post="", unit="5201", role=Role.DUTY_LEADER, door=Door.WEB)
STREET = "520102031"


@pytest.fixture
def guiyang(db):
    places.load_divisions()
    territory.register_territory_units(by=system(unit="52", door=Door.DRILL), at=cities.at(-5))


def test_the_shipped_areas_have_sources_and_say_what_is_approximate(guiyang):
    assert places.load_areas() == 0  # they came with the divisions, and again changes nothing
    assert not Area.objects.filter(source="").exists()
    for area in Area.objects.exclude(code="guiyang"):
        parts = list(area.parts.all())
        assert all(part.approximate for part in parts), area.code
        assert area.note, area.code
    assert {"huaguoyuan", "weilai-fangzhou", "shuanglong", "guian", "guiyang", "guiyang-guian"} <= set(
        Area.objects.values_list("code", flat=True)
    )
    assert Area.objects.get(pk="guiyang").name != Area.objects.get(pk="guiyang-guian").name


def test_a_file_with_an_unknown_part_is_refused_whole(guiyang, tmp_path):
    path = tmp_path / "areas.csv"
    header = "area_code,name,name_en,place_code,approximate,valid_from,source,note"
    path.write_text(f"{header}\nx,甲,,{STREET},,,s,\nx,甲,,529999,,,s,\n", encoding="utf-8")
    with pytest.raises(InputFault, match="529999"):
        places.load_areas(path=path)
    assert not Area.objects.filter(pk="x").exists()


def test_people_are_listed_counted_and_tested_by_area(guiyang):
    inside, beside = AreaPart.objects.filter(area="luowan").order_by("place_code").values_list("place_code", flat=True)
    for number, place in enumerate((inside, inside, beside, "520112101001")):
        people.register_resident(person_id=f"P{number}", place_code=place, by=LEADER, at=cities.at())
    assert [row.pk for row in queries.listed(LEADER, queries.Filter(place="luowan"))] == ["P0", "P1", "P2"]
    page = holdings.whole(LEADER, at=cities.at(1), unit="luowan")
    assert (page.unit_name, page.value("residents")) == ("洛湾片区", 3)
    moved = base_numbers.movement(LEADER, "luowan", since=cities.at(-1), until=cities.at(1))
    assert (moved.before, moved.after, moved.holds) == (0, 3, True)
    assert {part.code: part.after for part in moved.parts} == {inside: 2, beside: 1}
    window = {"opens_at": cities.at(), "deadline_at": cities.at(12), "owner": "5201", "by": LEADER, "at": cities.at()}
    rounds.plan_round(code="R1", name="R1", area="luowan", **window)
    assert rounds.draw_roster(round_code="R1", by=LEADER, at=cities.at()).size == 3


def test_a_name_whose_limits_nobody_entered_is_no_place_to_act_in(guiyang):
    window = {"opens_at": cities.at(), "deadline_at": cities.at(12), "owner": "5201", "by": LEADER, "at": cities.at()}
    with pytest.raises(NotFound):
        rounds.plan_round(code="R1", name="R1", area="shuanglong", **window)
    for ask in (
        lambda: base_figures.page(LEADER, at=cities.at(), unit="shuanglong"),
        lambda: base_numbers.movement(LEADER, "shuanglong", since=cities.at(-1), until=cities.at()),
    ):
        with pytest.raises(NotFound):
            ask()


def test_an_area_beyond_the_jurisdiction_answers_like_none(guiyang):
    wudang = Actor(account="w", name="w", post="", unit="520102", role=Role.DUTY_LEADER, door=Door.WEB)
    assert base_figures.page(wudang, at=cities.at(), unit="huaguoyuan").unit == "huaguoyuan"
    for area in ("luowan", "guiyang", "guiyang-guian"):
        with pytest.raises(NotFound):
            base_figures.page(wudang, at=cities.at(), unit=area)
