"""A zone and a measure are told at every building (playbook): drafted, told anew when they change, withdrawn when they end."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty
from bulou.notices import actions as notices
from bulou.notices.choices import NoticeState, Way
from bulou.notices.models import NoticeDelivery, PlainNotice
from bulou.people.models import Resident
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind, Lifting
from bulou.restrictions.models import Restriction
from bulou.specimens.choices import Outcome
from bulou.zones import actions as zones
from bulou.zones.models import RiskZone
from tests import chain as chains
from tests.city import COMMUNITY_A, EAST, at

pytestmark = pytest.mark.django_db
COUNTER = ("testing", "food", "medicine", "waste", "emergency", "frail")
REST = {"call": "社区 0851-1", "object_to": "社区窗口"}


@pytest.fixture
def zone(city):
    """A positive's building, declared a high zone by the district."""
    chain = chains.running(city)
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(3))
    return zones.declare_zone(code=RiskZone.objects.get().pk, by=city.actor(EAST), at=at(3.5))


def _publish(city, row, hours):
    made = notices.publish_notice(code=row.pk, by=city.actor(EAST), at=at(hours), **REST)
    for one in NoticeDelivery.objects.filter(notice=made).values_list("pk", flat=True):
        notices.tell_building(code=one, way=Way.POSTER, evidence="照片", by=city.actor(COMMUNITY_A), at=at(hours + 0.5))
    return made


def _live():
    return list(PlainNotice.objects.exclude(state=NoticeState.WITHDRAWN).order_by("drafted_at", "code"))


def test_a_zone_is_told_in_its_own_words_with_names_for_codes(city, zone):
    (draft,) = _live()
    home = Resident.objects.order_by("pk").first().place_code[:17]
    assert (draft.because, draft.unit_id, draft.places) == (f"zone:{zone.pk}", EAST, home)
    assert draft.title_zh.endswith("高风险区")
    assert draft.title_en.endswith("high-risk zone")
    assert "范围:甲社区。" in draft.text_zh
    assert home not in draft.text_zh + draft.text_en
    assert "第九版" in draft.basis
    assert draft.ends_at == at(3.5 + 24 * 7), "the days that its level needs"
    _publish(city, draft, 4)
    assert not Duty.objects.filter(kind__startswith="notice.", state="open").exists()


def test_a_lowered_zone_is_told_anew_and_an_ended_one_no_more(city, zone):
    first = _publish(city, _live()[0], 4)
    for days, left in ((8, 1), (12, 0)):
        row = RiskZone.objects.get()
        zones.record_clean_round(code=row.pk, round_name="R7", people=40, by=city.actor(COMMUNITY_A), at=at(24 * days))
        zones.lower_zone(code=row.pk, by=city.actor(EAST), at=at(24 * days + 1))
        assert len(_live()) == left
    first.refresh_from_db()
    assert (first.state, first.ended_at) == (NoticeState.WITHDRAWN, at(24 * 8 + 1))
    assert not Duty.objects.filter(kind__startswith="notice.", state="open").exists()


def test_telling_every_building_is_the_measures_own_notice(city, zone):
    zones.propose_measures(code=zone.pk, by=city.actor(EAST), at=at(3.6))
    measure = Restriction.objects.get(kind=Kind.ZONE_MEASURE)
    owners = {f"counter.{one}": COMMUNITY_A for one in COUNTER}
    restrictions.approve(code=measure.pk, by=city.actor(EAST), owners=owners, at=at(3.8))
    draft = PlainNotice.objects.get(because=f"restriction:{measure.pk}")
    own = Restriction.objects.get(pk=measure.pk).notice_en
    assert (draft.ends_at, draft.text_en) == (measure.ends_at, own.replace(measure.place_code, "甲社区"))
    assert "nobody leaves home in this place" in draft.text_en
    owed = Duty.objects.filter(kind="restriction.notified", about=f"restriction:{measure.pk}")
    assert owed.get().state == "open"
    _publish(city, draft, 4)
    assert owed.get().state == "fulfilled"
    measure.refresh_from_db()
    assert measure.notified_at == at(4.5)
    restrictions.lift(code=measure.pk, why=Lifting.MISTAKE, reason="误判", by=city.actor(EAST), at=at(6))
    draft.refresh_from_db()
    assert (draft.state, draft.ended_at) == (NoticeState.WITHDRAWN, at(6))
