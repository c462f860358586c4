"""Freezing a day, correcting it, reading it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from bulou.duties.models import Duty
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.kernel.errors import NotPermitted, Refused
from bulou.places.models import Area
from bulou.reporting import actions, queries, text
from bulou.reporting.figures import count_day
from bulou.reporting.models import Figure
from bulou.specimens import actions as specimens
from bulou.specimens.choices import Outcome
from bulou.specimens.queries import three_figures
from tests import chain as chains
from tests import city as cities

DAY = date(2022, 9, 20)
NOON = datetime(2022, 9, 20, 4, tzinfo=UTC)
AFTER = datetime(2022, 9, 20, 16, 30, tzinfo=UTC)  # 00:30 on the 21st in the city


@pytest.fixture
def area(city):
    return Area.objects.get(code="test-city")


def _case(number, *, status, diagnosed_at, place=cities.COMMUNITY_A, sampled_at=None, converted_at=None):
    return Case.objects.create(
        code=f"C-{number:04}", person_id=f"P{number}", place_code=place, tube_id=f"T{number}",
        sampled_at=sampled_at or diagnosed_at - timedelta(days=1), detected_at=diagnosed_at - timedelta(hours=5),
        diagnosed_at=diagnosed_at, status=status, converted_at=converted_at,
        diagnosed_as=CaseStatus.ASYMPTOMATIC if converted_at else status,
    )  # fmt: skip


def test_a_day_is_frozen_once_with_splits_and_its_duty_is_closed(city, area):
    leader = city.actor(cities.CITY)
    _case(1, status=CaseStatus.CONFIRMED, diagnosed_at=NOON)
    _case(2, status=CaseStatus.ASYMPTOMATIC, diagnosed_at=NOON, place=cities.COMMUNITY_D)
    _case(3, status=CaseStatus.CONFIRMED, diagnosed_at=NOON - timedelta(days=2), converted_at=NOON)
    made = actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER)
    again = actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER + timedelta(hours=1))
    assert again.pk == made.pk
    values = {(one.statistic, one.split): one.value for one in Figure.objects.filter(frozen=made)}
    assert values["new_confirmed", ""] == 2  # one diagnosed, one converted
    assert values["converted", ""] == 1
    assert values["new_asymptomatic", ""] == 1
    assert values["cumulative_asymptomatic", ""] == 2  # the converted one stays in the asymptomatic series
    assert values["new_asymptomatic", f"district:{cities.WEST}"] == 1
    assert values["new_confirmed", "sampled:2022-09-19"] == 1
    duty = Duty.objects.get(kind="report.frozen")
    assert duty.state == "fulfilled"
    assert duty.proof.startswith("report:day:frozen")


def test_what_is_diagnosed_later_does_not_change_a_frozen_day(city, area):
    leader = city.actor(cities.CITY)
    actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER)
    _case(9, status=CaseStatus.CONFIRMED, diagnosed_at=NOON)
    report = queries.daily(leader, area=area, on=DAY)
    assert report.value("new_confirmed") == 0
    assert report.intact


def test_a_row_changed_behind_the_software_is_seen(city, area):
    leader = city.actor(cities.CITY)
    made = actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER)
    Figure.objects.filter(frozen=made, statistic="new_confirmed", split="").update(value=7)
    report = queries.daily(leader, area=area, on=DAY)
    assert not report.intact
    assert "altered" in text.markdown(report, lang="en") or "changed after" in text.markdown(report, lang="en")


def test_a_correction_is_an_entry_and_leaves_the_frozen_value(city, area):
    leader = city.actor(cities.CITY)
    _case(1, status=CaseStatus.CONFIRMED, diagnosed_at=NOON)
    made = actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER)
    figure = made.figures.get(statistic="new_confirmed", split="")
    actions.correct_figure(figure=figure, change=-1, reason="重复报告一例", by=leader, at=AFTER + timedelta(days=1))
    report = queries.daily(leader, area=area, on=DAY)
    assert report.value("new_confirmed") == 1
    assert report.intact
    assert "重复报告一例" in text.markdown(report, lang="zh")


def test_an_unfinished_day_cannot_be_frozen_and_reads_as_provisional(city, area):
    leader = city.actor(cities.CITY)
    with pytest.raises(Refused, match="not over"):
        actions.freeze_day(area=area, on=DAY, by=leader, at=NOON)
    report = queries.daily(leader, area=area, on=DAY)
    assert report.frozen_at is None
    assert "Provisional" in text.markdown(report, lang="en")


def test_a_street_officer_may_not_freeze(city, area):
    with pytest.raises(NotPermitted):
        actions.freeze_day(area=area, on=DAY, by=city.actor(cities.STREET_1), at=AFTER)


def test_small_districts_are_suppressed_in_the_public_text(city, area):
    leader = city.actor(cities.CITY)
    for number in range(7):
        _case(number, status=CaseStatus.CONFIRMED, diagnosed_at=NOON)
    _case(20, status=CaseStatus.CONFIRMED, diagnosed_at=NOON, place=cities.COMMUNITY_D)
    actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER)
    said = text.markdown(queries.daily(leader, area=area, on=DAY), lang="en")
    assert "| 西区 | * | 0 |" in said
    assert "| 东区 | * | 0 |" in said  # or the total would give the other away
    assert "| 2022-09-19 | 8 | 0 |" in said
    public = {
        (one["statistic"], one["split"]): one for one in text.as_json(queries.daily(leader, area=area, on=DAY))["figures"]
    }
    for district in (cities.EAST, cities.WEST):
        cell = public["new_confirmed", f"district:{district}"]
        assert (cell["value"], cell["shown"]) == (None, "*")
    whole = public["new_confirmed", ""]
    assert (whole["value"], whole["label"]) == (8, {"zh": "新增确诊病例", "en": "New confirmed cases"})
    assert "shown" not in whole
    full = text.as_json(queries.daily(leader, area=area, on=DAY), full=True)["figures"]
    assert [
        one["value"] for one in full if one["split"] == f"district:{cities.WEST}" and one["statistic"] == "new_confirmed"
    ] == [1]


def test_the_report_reads_in_either_language_and_only_in_that_one(city, area):
    leader = city.actor(cities.CITY)
    _case(1, status=CaseStatus.CONFIRMED, diagnosed_at=NOON)
    actions.freeze_day(area=area, on=DAY, by=leader, at=AFTER)
    report = queries.daily(leader, area=area, on=DAY)
    chinese, english = text.markdown(report, lang="zh"), text.markdown(report, lang="en")
    assert {one.source for one in report.figures} <= set(text.SOURCES)  # each source can be said in both languages
    words = set(re.findall(r"[A-Za-z]{3,}", chinese)) - {report.seal[:16]}
    assert not {word for word in words if not re.fullmatch("[0-9a-f]+", word)}, words
    places = set(report.names.values()) | {area.name}
    assert not re.findall("[\u4e00-\u9fff]+", re.sub("|".join(places), "", english))


def test_an_abnormal_pool_counts_once_on_the_day_of_its_first_standing_positive(city, area):
    chain = chains.running(city)
    plain, disputed, recalled, single = (
        chain.tube(chain.people[first : first + size], when=cities.at(1))
        for first, size in ((0, 10), (10, 10), (20, 10), (30, 1))
    )
    chain.received([plain, disputed, recalled, single], when=cities.at(1.2))

    def result(tube, outcome, hours, *, laboratory=cities.LAB_1, run="R1"):
        specimens.report_result(
            tube_id=tube, outcome=outcome, tested_at=cities.at(hours - 0.1), reported_at=cities.at(hours),
            by=city.actor(laboratory), at=cities.at(hours), run_id=run,
        )  # fmt: skip

    def pools(day):
        leader = city.actor(cities.CITY)
        mine = {one.statistic: one.value for one in count_day(area, day) if not one.split}["pools_abnormal"]
        assert mine == three_figures(leader, day).pools_abnormal  # the desk and the report say the same
        return mine

    for tube in (plain, disputed, single):
        result(tube, Outcome.POSITIVE, 4)
    result(recalled, Outcome.POSITIVE, 4, run="R9")
    assert pools(DAY) == 3  # one person's tube is nobody's pool
    result(disputed, Outcome.NEGATIVE, 5, laboratory=cities.LAB_2)
    assert pools(DAY) == 3  # in dispute: not normal because a second laboratory says so
    specimens.settle_conflict(
        tube_id=disputed, outcome=Outcome.NEGATIVE, reason="复核阴性", by=city.actor(cities.CITY), at=cities.at(6)
    )
    assert pools(DAY) == 2
    specimens.recall_run(run_id="R9", reason="阴性对照失败", by=city.actor(cities.LAB_1), at=cities.at(7))
    assert pools(DAY) == 1
    result(recalled, Outcome.POSITIVE, 18, run="R10")  # the re-test, after midnight
    result(plain, Outcome.POSITIVE, 19, run="R11")  # said again the next day: it counted already
    assert (pools(DAY), pools(DAY + timedelta(days=1))) == (1, 1)
