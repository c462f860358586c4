"""What a duty is about, said for readers: counts have a unit, outcomes a word, references stay behind."""

from __future__ import annotations

import pytest
from django.utils import translation

from bulou.duties import actions as duties
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.web import duty_rows
from bulou.web.show.figures import State
from tests import city as cities
from tests.books.scenes import SCENES


@pytest.mark.parametrize(
    ("about", "kind", "stored", "zh", "en"),
    [
        ("box:B1", "specimen.delivered", "B1 · 30 · 一号点", "B1 · 30 管 · 一号点", "B1 · 30 tubes · 一号点"),
        ("result:7", "result.matched", "T9 · negative", "T9 · 阴性", "T9 · negative"),
        ("transfer:TR1", "transfer.done", "TR1 · contact:K1", "TR1", "TR1"),
        ("case:C1", "case.chased", "case:C1", "case:C1", "case:C1"),
        ("notice:PN1", "notice.written", "保持菜场开放 · order:OR1", "保持菜场开放", "保持菜场开放"),
        ("hands:1", "hands.planned", "4 sampler", "采样 4 人", "4 hands for: Sampling"),
        ("task:1", "task.done", "核对 3 · 4 号楼", "核对 3 · 4 号楼", "核对 3 · 4 号楼"),
    ],
)
def test_a_label_is_said_in_the_readers_language(about, kind, stored, zh, en):
    row = Duty(about=about, kind=kind, label=stored)
    for language, said in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert duty_rows.label(row) == said


@pytest.mark.parametrize("stored", ["case:C1AB", "a positive: case:C1AB", "case:contact:graded case:C1AB"])
def test_a_reason_that_names_a_case_says_so_in_words(stored):
    for language, said in (("zh-hans", "由病例 C1AB 引起"), ("en", "because of the case C1AB")):
        with translation.override(language):
            assert duty_rows.reason(stored) == said


@pytest.mark.django_db
def test_reasons_name_units_by_their_names_in_one_statement(city, django_assert_num_queries):
    texts = ["9901:lab001 has said that it is full: 停机", "990101:lab001 has said that it is full: 停机", "路上堵车"]
    with translation.override("zh-hans"), django_assert_num_queries(1):
        assert duty_rows.reasons(texts) == ["市检测一所 已报满:停机", "东区检测所 已报满:停机", "路上堵车"]
    with django_assert_num_queries(0):
        assert duty_rows.reasons(["路上堵车"]) == ["路上堵车"]


@pytest.mark.django_db
def test_a_duty_that_is_closed_says_so_and_asks_for_nothing(city):
    by, limit = city.actor(cities.COMMUNITY_A), cities.at(2)
    owed = Owed(
        kind="task.done", about="task:1", label="清点", owners={"explicit": cities.COMMUNITY_A}, facts={"due_at": limit}
    )
    code = open_duty(owed, by=cities.SYSTEM, at=cities.at()).pk
    duties.fulfil(duty_id=code, kind="list", ref="清点单", by=by, at=cities.at(3))
    with translation.override("en"):
        (row,) = duty_rows.rows([Duty.objects.select_related("owner").get(pk=code)], by, now=cities.at(9))
    assert (row.chip.state, row.chip.text, row.acts, row.why) == (State.DONE, "fulfilled", (), "")
    assert row.why_note == "closed 1 h 00 min after it"


@pytest.mark.django_db
def test_a_duty_leads_to_its_record_but_not_from_the_records_own_page(city):
    by = city.actor(cities.CITY)
    code = SCENES["hazards"](city, cities.COMMUNITY_A, "甲社区")
    owed = list(Duty.objects.filter(about=f"hazard:{code}").select_related("owner"))
    assert owed
    with translation.override("en"):
        elsewhere = {act.label for one in owed for act in duty_rows.next_acts(one, by)}
        here = {act.label for one in owed for act in duty_rows.next_acts(one, by, here=f"hazard:{code}")}
    assert "See the record" in elsewhere
    assert "See the record" not in here
    assert "Answer" in here
