"""Objections are duties with a clock; another unit answers; silence escalates and then lifts by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.access.models import ReadLog
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel import clock
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.restrictions import actions, queries
from bulou.restrictions.choices import AppealState, Lifting, State
from bulou.restrictions.models import Appeal, NoticeCode, Restriction
from bulou.restrictions.own import open_own
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, WEST, at
from tests.restrictions.facts import in_force

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def appealed(city):
    row = in_force(city)
    return row, actions.appeal(code=row.pk, text="I was not there", how="phone", by=city.actor(COMMUNITY_A), at=at(1))


def test_an_objection_is_a_duty_of_a_third_unit_with_its_clock(city, appealed):
    row, made = appealed
    duty = Duty.objects.get(kind="restriction.appeal_answered")
    assert (duty.owner_id, duty.due_at, made.lifts_at) == (CITY, at(25), at(37))
    again = actions.appeal(code=row.pk, text="again", how="paper", by=city.actor(COMMUNITY_A), at=at(2))
    assert again == made


def test_silence_escalates_and_then_lifts_also_with_the_worker_down(city, appealed):
    row, made = appealed
    for hours in range(1, 37):
        sweep(at=at(hours))
    assert list(Notice.objects.filter(duty__kind="restriction.appeal_answered", state="sent").values_list("unit_id", "told_at")) == [
        (CITY, at(19)), (CITY, at(25)), ("99", at(26)),
    ]  # fmt: skip
    seen = city.actor(CITY)
    assert queries.of_person(seen, "P1", made.lifts_at - timedelta(seconds=1)).exists()
    assert not queries.of_person(seen, "P1", made.lifts_at).exists()  # nobody recorded anything yet
    assert actions.end_due(at=at(60)) == 1
    after, answer = Restriction.objects.get(pk=row.pk), Appeal.objects.get()
    assert (after.state, after.lifting, after.closed_at) == (State.LIFTED, Lifting.SILENCE, made.lifts_at)
    assert (answer.state, answer.answered_at) == (AppealState.SILENT, made.lifts_at)
    assert queries.of_person(seen, "P1", made.lifts_at - timedelta(seconds=1)).exists()
    assert Duty.objects.get(kind="restriction.appeal_answered").state == "superseded"
    assert Duty.objects.get(kind="restriction.undone").owner_id == COMMUNITY_A


def test_too_late_an_answer_changes_nothing(city, appealed):
    _, made = appealed
    with pytest.raises(Refused) as refusal:
        actions.decide_appeal(code=made.pk, allowed=False, answer="no", by=city.actor(CITY), at=made.lifts_at)
    assert refusal.value.code == "too-late"
    assert not queries.of_person(city.actor(CITY), "P1", made.lifts_at).exists()


@pytest.mark.parametrize("unit", [EAST, STREET_1])
def test_neither_proposer_nor_approver_answers(city, appealed, unit):
    with pytest.raises(Refused) as refusal:
        actions.decide_appeal(code=appealed[1].pk, allowed=False, answer="no", by=city.actor(unit), at=at(2))
    assert refusal.value.code == "same-unit"
    with pytest.raises(NotFound):
        actions.decide_appeal(code=appealed[1].pk, allowed=False, answer="no", by=city.actor(WEST), at=at(2))


def test_allowed_it_is_lifted_at_that_instant(city, appealed):
    row, made = appealed
    actions.decide_appeal(code=made.pk, allowed=True, answer="the till record shows it", by=city.actor(CITY), at=at(5))
    after = Restriction.objects.get(pk=row.pk)
    assert (after.state, after.lifting, after.closed_at) == (State.LIFTED, Lifting.APPEAL, at(5))
    assert Duty.objects.get(kind="restriction.appeal_answered").state == "fulfilled"


def test_dismissed_it_stays_until_its_end_and_may_be_objected_to_again(city, appealed):
    row, made = appealed
    with pytest.raises(InputFault):
        actions.decide_appeal(code=made.pk, allowed=False, answer=" ", by=city.actor(CITY), at=at(5))
    actions.decide_appeal(code=made.pk, allowed=False, answer="the test is positive", by=city.actor(CITY), at=at(5))
    assert queries.of_person(city.actor(CITY), "P1", at(40)).exists()
    again = actions.appeal(code=row.pk, text="tested again: negative", how="paper", by=city.actor(COMMUNITY_A), at=at(50))
    assert again != made


def test_lifted_for_a_doctor_after_silence_keeps_the_earlier_instant(city, appealed):
    row, made = appealed
    with pytest.raises(Refused):  # it holds nobody since the objection's last hour
        actions.medical_exit(code=row.pk, reason="x", by=city.actor(COMMUNITY_A), at=made.lifts_at + HOUR)
    actions.end_due(at=made.lifts_at + HOUR)
    assert Restriction.objects.get(pk=row.pk).closed_at == made.lifts_at


def test_the_persons_own_page(city, client):
    row = in_force(city)
    secret = actions.issue_code(code=row.pk, by=city.actor(COMMUNITY_A), at=at(1))
    assert secret not in str(NoticeCode.objects.values())
    ReadLog.objects.create(read_at=at(1), account="u", unit=EAST, door="web", purpose="page", subject="person:P1")
    with clock.frozen(at(2)):
        page = client.get(f"/my/{secret.lower()}/")
        text = page.content.decode()
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        for shown in ("传染病防治法 第三十九条", "东一街道", "东区", "09-27 08:00", "查看本人页面"):
            assert shown in text
        filed = client.post(f"/my/{secret}/object/", {"text": "我不在场"})
        assert filed.status_code == 302
    made = Appeal.objects.get()
    assert (made.how, made.filed_by, made.text) == ("page", "the person concerned", "我不在场")
    newer = actions.issue_code(code=row.pk, by=city.actor(COMMUNITY_A), at=at(3))
    with clock.frozen(at(4)):
        assert client.get(f"/my/{secret}/").status_code == 404
        assert client.get(f"/my/{newer}/").status_code == 200
    with clock.frozen(row.ends_at + timedelta(days=31)):
        assert client.get(f"/my/{newer}/").status_code == 404


def test_wrong_codes_are_limited(city, client):
    from django.core.cache import cache

    cache.clear()
    row = in_force(city)
    secret = actions.issue_code(code=row.pk, by=city.actor(COMMUNITY_A), at=at(1))
    with clock.frozen(at(2)):
        assert [client.get(f"/my/AAAA-{number:04}/").status_code for number in range(21)] == [404] * 20 + [429]
        assert client.get(f"/my/{secret}/").status_code == 429
    cache.clear()
    assert open_own(secret, at=at(2)).holds
