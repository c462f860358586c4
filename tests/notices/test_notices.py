"""Telling people (D22): notices drafted, published, told at every building; questions and rumours owned and answered."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from bulou.books import reading
from bulou.duties import handovers
from bulou.duties.models import Duty
from bulou.kernel.actor import Door, Role, system
from bulou.kernel.errors import Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.notices import actions, queries, rules
from bulou.notices.book import NOTICES, QUESTIONS
from bulou.notices.choices import AskedKind, DeliveryState, How, NoticeState, QuestionState, Verdict, Way
from bulou.notices.models import AskedQuestion, NoticeDelivery, PlainNotice
from bulou.orders import actions as orders
from bulou.orders.choices import Reach, Subject, Verb
from bulou.places.models import Building
from tests import city as cities
from tests import town

HERE, STREET, EAST, CITY = cities.COMMUNITY_A, cities.STREET_1, cities.EAST, cities.CITY
WORDS = {
    "title_zh": "小区静态管理", "title_en": "Stay at home", "text_zh": "请居家,每日上门采样。", "text_en": "Please stay at home.",
    "basis": "指挥部通告 1 号", "call": "社区 0851-1", "object_to": "社区窗口,或楼栋长代办",
}  # fmt: skip
SAID = {"evidence": "照片 1"}


@pytest.fixture
def towers(city):
    """Three buildings: four households in the first, three in the second, nobody registered in the third."""
    for number in (2, 3):
        Building.objects.create(code=f"{HERE}-{number:04}", community_id=HERE, name=f"{number} 栋", floors=20)
    town.settle(f"{HERE}-0001-001", 12)
    town.settle(f"{HERE}-0002-001", 8)
    return city


def _notice(city, unit=EAST, places=HERE, **given):
    said = {**WORDS, "ends_at": cities.at(48), "by": city.actor(unit), "at": cities.at(), **given}
    return actions.write_notice(unit=unit, places=places, **said)


def _order(city, *, by=EAST, verb=Verb.KEEP_IN, subject=Subject.RESIDENTS, number="1", **given):
    said = {
        "title": "小区静态管理", "text": "足不出户,上门服务。", "basis": "指挥部令", "place_code": HERE, "starts_at": cities.at(), "due_at": cities.at(8),
        "ends_at": cities.at(24), "reach": Reach.NAMED, "named": HERE, "at": cities.at(),
    }  # fmt: skip
    return orders.issue_order(number=number, verb=verb, subject=subject, by=city.actor(by), **{**said, **given})


def _open(kind):
    return list(Duty.objects.filter(kind=kind, state="open").order_by("owner_id").values_list("owner_id", flat=True))


@given(st.text(max_size=60), st.sampled_from(["", " ", "!", "。", "  ??"]))
def test_the_same_words_are_one_question_whatever_the_blanks_and_marks(text, mark):
    assert rules.sameness(f"{mark}{text}{mark}") == rules.sameness(text.upper().lower()) or text.upper().lower() != text
    assert rules.sameness(f"{text}{mark}") == rules.sameness(text)
    assert rules.sameness(text + "1") != rules.sameness(text + "2")


@given(st.sampled_from(list(Way)), st.integers(0, 50), st.integers(0, 50))
def test_telephones_alone_never_tell_a_building(way, reached, households):
    told = rules.is_told(way=way, reached=reached, households=households)
    assert told == (way in {Way.POSTER, Way.LOUDSPEAKER} or (way is not Way.GROUP and reached >= households))


def test_a_notice_has_places_inside_of_its_units_territory():
    assert rules.read_places(f"{HERE}-0001; {HERE}", inside=EAST) == [f"{HERE}-0001", HERE]
    for wrong in ("", "somewhere", cities.COMMUNITY_D):
        with pytest.raises(InputFault):
            rules.read_places(wrong, inside=EAST)


@pytest.mark.django_db
@pytest.mark.parametrize("blank", sorted(WORDS))
def test_a_notice_that_lacks_a_word_is_refused(city, blank):
    with pytest.raises(InputFault) as said:
        _notice(city, **{blank: " "})
    assert said.value.column == blank
    with pytest.raises(InputFault, match="ends after it begins"):
        _notice(city, ends_at=cities.at(24 * 61))


@pytest.mark.django_db
def test_every_building_is_counted_and_a_message_to_telephones_tells_nobodys_neighbour(towers):
    city, row = towers, _notice(towers)
    assert _open("notice.delivered") == [HERE]
    assert list(NoticeDelivery.objects.values_list("place_code", "households")) == [
        (f"{HERE}-0001", 4), (f"{HERE}-0002", 3), (f"{HERE}-0003", 0),
    ]  # fmt: skip
    first, second, third = (f"{row.pk}:{HERE}-{number:04}" for number in (1, 2, 3))
    by = city.actor(HERE)
    actions.tell_building(code=first, way=Way.GROUP, reached=4, by=by, at=cities.at(1), **SAID)
    assert NoticeDelivery.objects.get(pk=first).state == DeliveryState.OWED, "all four have it on a telephone, says somebody"
    with pytest.raises(InputFault, match="how many households"):
        actions.tell_building(code=second, way=Way.CAPTAIN, by=by, at=cities.at(1), **SAID)
    actions.tell_building(code=second, way=Way.CAPTAIN, reached=2, by=by, at=cities.at(1), **SAID)
    assert NoticeDelivery.objects.get(pk=second).state == DeliveryState.OWED
    with pytest.raises(NotFound):
        actions.tell_building(code=second, way=Way.POSTER, by=city.actor(cities.COMMUNITY_B), at=cities.at(1), **SAID)
    actions.tell_building(code=second, way=Way.LETTER, reached=3, by=by, at=cities.at(2), **SAID)
    actions.tell_building(code=third, way=Way.LOUDSPEAKER, by=by, at=cities.at(2), **SAID)
    assert _open("notice.delivered") == [HERE]
    shown = NOTICES.visible(by).get()
    assert (shown.buildings, shown.told, shown.homes, shown.reached) == (3, 2, 7, 7)
    actions.tell_building(code=first, way=Way.POSTER, by=by, at=cities.at(2.5), **SAID)
    assert _open("notice.delivered") == []
    assert Entry.objects.filter(tag="notice:community:covered").count() == 1
    with transaction.atomic(), pytest.raises(IntegrityError):
        NoticeDelivery.objects.filter(pk=first).update(way=Way.GROUP)


@pytest.mark.django_db
def test_a_poster_at_every_door_is_said_once(towers, django_assert_max_num_queries):
    row, by = _notice(towers), towers.actor(HERE)
    with pytest.raises(InputFault, match="building by building"):
        actions.tell_building(
            code=f"{row.pk}:{HERE}-0001", way=Way.LETTER, reached=12, all_ours=True, by=by, at=cities.at(1), **SAID
        )
    with django_assert_max_num_queries(40):
        actions.tell_building(code=f"{row.pk}:{HERE}-0001", way=Way.POSTER, all_ours=True, by=by, at=cities.at(1), **SAID)
    assert NoticeDelivery.objects.filter(state=DeliveryState.TOLD).count() == 3
    assert not Duty.objects.filter(state="open").exists()


@pytest.mark.django_db
def test_each_community_owes_its_own_buildings(city):
    _notice(city, unit=CITY, places=EAST)
    assert _open("notice.delivered") == [HERE, cities.COMMUNITY_B, cities.COMMUNITY_C]
    seen = NOTICES.visible(city.actor(cities.COMMUNITY_B)).get()
    assert seen.unit_id == CITY, "who must tell it reads it"
    assert not NOTICES.visible(city.actor(cities.COMMUNITY_D)).exists()
    assert "publish" not in {one.name for one in reading.offered(NOTICES, city.actor(cities.COMMUNITY_B), seen)}


@pytest.mark.django_db
def test_an_order_that_binds_residents_owes_its_notice_and_takes_it_back_with_itself(city):
    order = _order(city)
    draft = PlainNotice.objects.get()
    assert (draft.because, draft.unit_id, draft.text_zh, draft.ends_at) == (
        f"order:{order.pk}",
        EAST,
        order.text,
        order.ends_at,
    )
    assert _open("notice.written") == [EAST]
    with pytest.raises(InputFault, match="title_en"):
        actions.publish_notice(code=draft.pk, by=city.actor(EAST), at=cities.at(0.5))
    with pytest.raises(Conflict, match=draft.pk):
        _notice(city, because=draft.because)
    rest = {name: WORDS[name] for name in ("title_en", "text_en", "call", "object_to")}
    actions.publish_notice(code=draft.pk, by=city.actor(EAST), at=cities.at(0.5), **rest)
    assert _open("notice.written") == []
    assert list(queries.in_force(f"{HERE}-0001-003", at=cities.at(1))) == [draft]
    assert not queries.in_force(f"{cities.COMMUNITY_B}-0001", at=cities.at(1)).exists()
    assert not queries.in_force(f"{HERE}-0001", at=cities.at(24)).exists(), "it ends by itself"
    orders.recall_order(code=order.pk, reason="误发", by=city.actor(EAST), at=cities.at(1))
    draft.refresh_from_db()
    assert (draft.state, draft.ended_why) == (NoticeState.WITHDRAWN, "order:order:recalled")
    assert _open("notice.delivered") == []
    assert not queries.in_force(f"{HERE}-0001", at=cities.at(1.5)).exists()
    with pytest.raises(Refused, match="withdrawn"):
        actions.tell_building(code=f"{draft.pk}:{HERE}-0001", way=Way.POSTER, by=city.actor(HERE), at=cities.at(2), **SAID)


@pytest.mark.django_db
def test_a_units_own_work_needs_no_notice_and_a_newer_order_brings_its_own(city):
    _order(city, verb=Verb.OPEN, subject=Subject.SAMPLING, number="a")
    _order(city, verb=Verb.PROVIDE, number="b")
    assert not PlainNotice.objects.exists()
    first = _order(city)
    second = _order(city, number="2", supersedes=first.pk, at=cities.at(0.2))
    assert list(PlainNotice.objects.exclude(state=NoticeState.WITHDRAWN).values_list("because", flat=True)) == [
        f"order:{second.pk}"
    ]
    orders.end_due_orders(by=cities.SYSTEM, at=cities.at(24))
    assert not Duty.objects.filter(kind="notice.written", state="open").exists()


@pytest.mark.django_db
def test_one_more_language_stands_beside(city):
    row = _notice(city)
    made = actions.translate_notice(
        notice=row.pk, language="FR", title="Restez chez vous", text="…", by=city.actor(EAST), at=cities.at(1)
    )
    assert made.language == "fr"
    with pytest.raises(Conflict):
        actions.translate_notice(notice=row.pk, language="fr", title="x", text="x", by=city.actor(EAST), at=cities.at(1))
    with pytest.raises(InputFault):
        actions.translate_notice(notice=row.pk, language="français!", title="x", text="x", by=city.actor(EAST), at=cities.at(1))


def _asked(text="明天全区封闭吗?", kind=AskedKind.RUMOUR, place=HERE, hours=0.0):
    who = system(unit=place[:12], door=Door.WEB)
    return actions.ask_openly(kind=kind, text=text, how=How.WEB, place_code=place, by=who, at=cities.at(hours))


def _answer(city, row, by=EAST, hours=1.0, **given):
    said = {"answer_zh": "不实。", "answer_en": "Not true.", "evidence": "指挥部 9 月 20 日会议纪要", **given}
    return actions.answer_question(code=row.pk, by=city.actor(by), at=cities.at(hours), **said)


@pytest.mark.django_db
def test_the_pack_says_whose_a_question_is_and_whose_a_rumour(city):
    assert _asked(kind=AskedKind.QUESTION).unit_id == HERE
    assert _asked().unit_id == EAST
    assert _open("question.answered") == [HERE]
    assert _open("rumour.answered") == [EAST]
    with pytest.raises(InputFault):
        _asked(text="  ")


@pytest.mark.django_db
def test_the_same_words_are_asked_once_and_answered_for_all(city):
    row = _asked()
    for hours, text in ((0.1, "明天全区封闭吗"), (0.2, " 明天 全区,封闭吗?? ")):
        assert _asked(text, hours=hours, place=cities.COMMUNITY_B).pk == row.pk
    assert AskedQuestion.objects.get().times == 3
    assert Duty.objects.filter(kind="rumour.answered").count() == 1
    _answer(city, row, verdict=Verdict.REFUTED)
    late = _asked(hours=2)
    assert (late.pk, late.state, late.times) == (row.pk, QuestionState.ANSWERED, 4), "who asks now reads the answer"
    assert not Duty.objects.filter(state="open").exists()
    again = _asked(hours=24 * 8)
    assert again.pk != row.pk, "an answer a week old is asked for anew"
    assert _open("rumour.answered") == [EAST]


@pytest.mark.django_db
def test_a_rumour_is_refuted_or_confirmed_with_evidence_and_never_deleted(city):
    row = _asked()
    with pytest.raises(InputFault, match="whether it is true"):
        _answer(city, row)
    for blank in ("answer_zh", "answer_en", "evidence"):
        with pytest.raises(InputFault):
            _answer(city, row, verdict=Verdict.REFUTED, **{blank: ""})
    with pytest.raises(NotFound):
        _answer(city, row, by=cities.WEST, verdict=Verdict.REFUTED)
    assert list(queries.answers(HERE)) == []
    _answer(city, row, verdict=Verdict.REFUTED)
    assert [one.pk for one in queries.answers(f"{HERE}-0001")] == [row.pk]
    assert list(queries.answers(cities.COMMUNITY_D)) == []
    _answer(city, row, hours=3, verdict=Verdict.PARTLY, answer_zh="部分属实:甲社区两栋。")
    tags = list(Entry.objects.filter(subject=f"question:{row.pk}").order_by("id").values_list("tag", flat=True))
    assert tags == ["question:question:asked", "question:question:answered", "question:question:corrected"]
    assert "不实。" in "".join(Entry.objects.filter(tag="question:question:answered").values_list("data", flat=True))
    with transaction.atomic(), pytest.raises(IntegrityError):
        AskedQuestion.objects.update(verdict="")


@pytest.mark.django_db
def test_who_asked_is_written_nowhere(city):
    row = _asked()
    written = Entry.objects.get(subject=f"question:{row.pk}")
    assert json.loads(written.actor)["account"] == "bulou"
    assert {field.name for field in AskedQuestion._meta.fields} & {"name", "phone", "person", "address"} == set()


@pytest.mark.django_db
def test_another_unit_may_know_the_answer_and_the_clock_runs_on(city):
    row = _asked(kind=AskedKind.QUESTION)
    actions.pass_question(code=row.pk, unit=STREET, by=city.actor(HERE), at=cities.at(1))
    duty = Duty.objects.get(kind="question.answered")
    assert (duty.owner_id, duty.due_at) == (STREET, row.due_at)
    handovers.offer_handover(duty_id=duty.pk, to_unit=EAST, note="区里政策", by=city.actor(STREET), at=cities.at(1.2))
    handovers.accept_handover(duty_id=duty.pk, by=city.actor(EAST), at=cities.at(1.3))
    assert AskedQuestion.objects.get().unit_id == EAST
    _answer(city, row, hours=2, answer_zh="可以。", answer_en="Yes.")
    with pytest.raises(Refused, match="answered"):
        actions.pass_question(code=row.pk, unit=STREET, by=city.actor(EAST), at=cities.at(3))


@pytest.mark.django_db
def test_the_desk_joins_what_says_the_same_in_other_words(city):
    first, second = _asked(), _asked("听说明天要封区", hours=0.5)
    with pytest.raises(InputFault):
        actions.join_question(code=second.pk, first=second.pk, by=city.actor(EAST), at=cities.at(1))
    actions.join_question(code=second.pk, first=first.pk, by=city.actor(EAST), at=cities.at(1))
    assert AskedQuestion.objects.get(pk=first.pk).times == 2
    assert Duty.objects.filter(kind="rumour.answered", state="open").count() == 1
    assert _asked("听说明天要封区!", hours=1.2).pk == first.pk
    _answer(city, first, hours=1.5, verdict=Verdict.REFUTED)
    assert _asked("听说明天要封区", hours=2).state == QuestionState.ANSWERED
    with pytest.raises(Refused, match="answered with"):
        _answer(city, second, verdict=Verdict.REFUTED)
    assert QUESTIONS.visible(city.actor(EAST)).count() == 2


@pytest.mark.django_db
def test_the_wall_writes_nothing(city):
    wall = city.actor(EAST, role=Role.WALL)
    with pytest.raises(NotPermitted):
        actions.write_notice(unit=EAST, places=HERE, ends_at=cities.at(9), by=wall, at=cities.at(), **WORDS)
