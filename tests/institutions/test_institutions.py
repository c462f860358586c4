"""Institutions: a day is owed once and reported once, a matter is told upward and answered, a closed market is replaced."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.models import Duty
from bulou.institutions import actions, rules
from bulou.institutions.choices import InstitutionKind, InstitutionState, MatterKind, MatterState, ReportState
from bulou.institutions.models import DailyReport, Institution, Matter
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from tests import city as cities

HERE = cities.COMMUNITY_A
SCHOOL, BUREAU = f"{HERE}:sch001", f"{cities.CITY}:dep001"
FIGURES = {"inside": 900, "visitors": 3, "tested": 880, "events": 0}


@pytest.fixture
def school(city):
    units.register_unit(code=BUREAU, name="教育局", kind=UnitKind.DEPARTMENT, by=cities.SYSTEM, at=cities.at(-24))
    return enter(city, SCHOOL)


def enter(city, code, kind=InstitutionKind.SCHOOL, **more):
    units.register_unit(code=code, name=code, kind=UnitKind.SCHOOL, by=cities.SYSTEM, at=cities.at(-24))
    return actions.register_institution(
        unit=code, kind=kind, name=f"机构 {code[-6:]}", place_code=HERE, sector=BUREAU, by=city.actor(cities.EAST),
        at=cities.at(-20), **more
    )  # fmt: skip


def head(city):
    return city.actor(HERE)


@pytest.mark.django_db
def test_a_day_is_owed_once_however_often_the_worker_looks_and_reported_once(city, school):
    on = cities.at().date()
    assert [actions.owe_reports(on=on, by=cities.SYSTEM, at=cities.at(hours)) for hours in (0, 1, 2)] == [1, 0, 0]
    duty = Duty.objects.get(kind="institution.daily_report")
    assert (duty.owner_id, duty.due_at, duty.issuer) == (SCHOOL, cities.at(10), BUREAU)
    row = actions.report_day(code=f"{school.pk}:{on}", **FIGURES, by=head(city), at=cities.at(9))
    assert row.state == ReportState.NOTHING
    school.refresh_from_db()
    assert (school.inside, school.counted_at) == (900, cities.at(9))
    with pytest.raises(Refused, match="already"):
        actions.report_day(code=row.pk, **FIGURES, by=head(city), at=cities.at(9))
    assert not Duty.objects.filter(state="open").exists()


@pytest.mark.django_db
def test_a_thousand_institutions_are_owed_their_day_in_a_bounded_number_of_statements(
    city, school, django_assert_max_num_queries
):
    from bulou.units.models import Unit

    codes = [f"{HERE}:nur{number:03}" for number in range(300)]
    Unit.objects.bulk_create(Unit(code=code, name=code, kind=UnitKind.SCHOOL, parent_id=HERE) for code in codes)
    Institution.objects.bulk_create(
        Institution(
            code=f"IN{number}",
            unit_id=code,
            kind=InstitutionKind.NURSERY,
            name=code,
            place_code=HERE,
            registered_at=cities.at(-20),
        )
        for number, code in enumerate(codes)
    )
    with django_assert_max_num_queries(30):
        assert actions.owe_reports(on=cities.at().date(), by=cities.SYSTEM, at=cities.at()) == 301


@pytest.mark.django_db
def test_a_closed_institution_owes_no_day_and_a_closed_market_a_substitute(city, school):
    market = enter(city, f"{HERE}:mar001", InstitutionKind.MARKET, supplies="甲社区、乙社区")
    street = city.actor(cities.STREET_1)
    actions.change_institution(code=market.pk, state=InstitutionState.CLOSED, reason="环境样本阳性", by=street, at=cities.at(1))
    duty = Duty.objects.get(kind="institution.supply_replaced")
    assert (duty.owner_id, "甲社区" in duty.label) == (HERE, True)
    assert actions.owe_reports(on=cities.at().date(), by=cities.SYSTEM, at=cities.at(1)) == 1
    with pytest.raises(InputFault, match="who supplies"):
        actions.name_substitute(code=market.pk, substitute=" ", by=street, at=cities.at(2))
    actions.name_substitute(code=market.pk, substitute="西区批发市场", by=street, at=cities.at(2))
    duty.refresh_from_db()
    assert duty.state == "fulfilled"


@pytest.mark.django_db
@pytest.mark.parametrize("reopened", [False, True])
def test_who_is_entered_or_reopened_in_the_evening_is_not_late_that_day(city, school, reopened):
    if reopened:
        for state, when in ((InstitutionState.CLOSED, cities.at(-1)), (InstitutionState.OPEN, cities.at(12))):
            actions.change_institution(code=school.pk, state=state, reason="x", by=city.actor(cities.STREET_1), at=when)
    else:
        Institution.objects.filter(pk=school.pk).update(state=InstitutionState.CLOSED)
        enter_late = {"unit": f"{HERE}:nur009", "kind": InstitutionKind.NURSERY, "name": "托育园", "place_code": HERE}
        units.register_unit(code=enter_late["unit"], name="x", kind=UnitKind.SCHOOL, by=cities.SYSTEM, at=cities.at(-24))
        actions.register_institution(**enter_late, by=city.actor(cities.EAST), at=cities.at(12))
    today = cities.at().date()
    assert actions.owe_reports(on=today, by=cities.SYSTEM, at=cities.at(12.2)) == 0
    assert actions.owe_reports(on=cities.at(24).date(), by=cities.SYSTEM, at=cities.at(24)) == 1


@pytest.mark.django_db
def test_the_loop_that_is_closed_owes_its_day_as_before(city, school):
    actions.change_institution(
        code=school.pk, state=InstitutionState.CLOSED_LOOP, reason="x", by=city.actor(cities.STREET_1), at=cities.at(-1)
    )
    assert actions.owe_reports(on=cities.at().date(), by=cities.SYSTEM, at=cities.at()) == 1


@pytest.mark.django_db
def test_a_breach_is_answered_and_reviewed_and_nobody_answers_itself(city, school):
    row = actions.report_matter(
        institution=school.pk,
        kind=MatterKind.BREACH,
        what="送货人进入宿舍",
        known_at=cities.at(1),
        by=head(city),
        at=cities.at(1.2),
    )
    assert set(Duty.objects.filter(state="open").values_list("kind", flat=True)) == {
        "institution.instructions_given",
        "institution.breach_reviewed",
    }
    from dataclasses import replace

    with pytest.raises(Refused, match="answer itself"):
        actions.answer_matter(code=row.pk, answer="x", by=replace(city.actor(cities.EAST), unit=SCHOOL), at=cities.at(2))
    actions.answer_matter(code=row.pk, answer="隔离并检测", by=city.actor(cities.STREET_1), at=cities.at(2))
    with pytest.raises(Refused, match="review itself"):
        actions.review_breach(code=row.pk, result="x", by=replace(city.actor(cities.EAST), unit=SCHOOL), at=cities.at(3))
    actions.review_breach(code=row.pk, result="侧门未锁,已加锁", by=city.actor(cities.STREET_1), at=cities.at(3))
    assert not Duty.objects.filter(state="open").exists()
    assert Matter.objects.get().state == MatterState.ANSWERED


@pytest.mark.django_db
def test_what_is_wrong_is_named_and_a_foreign_institution_is_missing(city, school):
    with pytest.raises(NotFound):
        actions.count_inside(code=school.pk, inside=3, by=city.actor(cities.COMMUNITY_C), at=cities.at())
    actions.count_inside(code=school.pk, inside=3, stock_days=Decimal("2.5"), by=head(city), at=cities.at())
    for column, said in (("what", {"what": " "}), ("known_at", {"known_at": cities.at(5)})):
        with pytest.raises(InputFault) as found:
            actions.report_matter(
                **{"institution": school.pk, "kind": MatterKind.OTHER, "what": "x", "known_at": cities.at(), **said},
                by=head(city),
                at=cities.at(1),
            )
        assert found.value.column == column
    with pytest.raises(Refused, match="entered already"):
        actions.register_institution(
            unit=SCHOOL, kind=InstitutionKind.SCHOOL, name="x", place_code=HERE, by=city.actor(cities.EAST), at=cities.at()
        )


@pytest.mark.django_db
def test_the_tables_hold_what_the_actions_promise(city, school):
    actions.owe_reports(on=cities.at().date(), by=cities.SYSTEM, at=cities.at())
    with pytest.raises(IntegrityError), transaction.atomic():
        DailyReport.objects.update(state=ReportState.NOTHING)
    row = actions.report_matter(
        institution=school.pk, kind=MatterKind.OTHER, what="x", known_at=cities.at(), by=head(city), at=cities.at()
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Matter.objects.filter(pk=row.pk).update(state=MatterState.ANSWERED)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({}, ReportState.NOTHING), ({"events": None}, ReportState.NOTHING),
        ({"events": 2, "note": "两人发热"}, ReportState.EVENTS),
        ({"inside": None}, "inside"), ({"visitors": None}, "visitors"), ({"tested": None}, "tested"),
        ({"tested": 901}, "tested"),
        ({"events": 1}, "note"),
    ],
)  # fmt: skip
def test_what_a_report_means(said, means):
    given = {**FIGURES, "note": "", **said}
    if isinstance(means, ReportState):
        assert rules.read_report(**given) is means
        return
    with pytest.raises(InputFault) as found:
        rules.read_report(**given)
    assert found.value.column == means


@pytest.mark.parametrize(
    ("known", "report", "against"),
    [
        ((0, 3), (0, 9), True),
        ((0, 9), (0, 9), True),
        ((0, 9.5), (0, 9), False),  # true when it was said
        ((0, 3), (1, 33), True),  # and not told on the next day
        ((1, 27), (0, 30), False),  # yesterday's report, given late, is about yesterday
    ],
)
def test_what_a_report_of_nothing_contradicts(known, report, against):
    (known_day, known_hour), (day, hour) = known, report
    found = rules.contradicts(
        known_at=cities.at(known_hour), known_on=cities.at(24 * known_day).date(), on=cities.at(24 * day).date(),
        reported_at=cities.at(hour),
    )  # fmt: skip
    assert found is against


@pytest.mark.parametrize("state", list(MatterState))
def test_only_a_breach_that_was_told_is_reviewed_and_by_another(state):
    def review(kind=MatterKind.BREACH, *, own=False, result="x"):
        rules.require_review(kind, state, own=own, result=result)

    for wrong in ({"kind": MatterKind.ILLNESS}, {"result": " "}):
        with pytest.raises(InputFault):
            review(**wrong)
    with pytest.raises(Refused, match="itself"):
        review(own=True)
    if state is MatterState.FOUND:
        with pytest.raises(Refused, match="cannot be reviewed"):
            review()
    else:
        review()


def test_how_long_it_was_known_and_not_told():
    assert rules.minutes_silent(known_at=cities.at(1), reported_at=cities.at(1.5)) == 30
    assert rules.minutes_silent(known_at=cities.at(1), reported_at=None) is None
