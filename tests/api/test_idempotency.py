"""Idempotency-Key: the first answer again, other bytes refused, one effect for many threads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.api import idempotency
from bulou.api.models import IdempotencyRecord
from bulou.kernel import clock
from bulou.specimens.models import Tube
from tests import city as cities
from tests.api.conftest import Caller, token_for, tube
from tests.arena import Arena

pytestmark = pytest.mark.django_db


def test_the_same_bytes_get_the_first_answer_word_for_word(site):
    first = site.post("/tubes", tube(), key="k1")
    again = site.post("/tubes", tube(), key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"


def test_other_bytes_under_the_same_key_are_refused(site):
    site.post("/tubes", tube(1), key="k1")
    other = site.post("/tubes", tube(2), key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "key-reused")
    assert not Tube.objects.filter(pk="T0002").exists()


def test_a_key_means_nothing_to_another_caller_or_path(open_sites, site):
    site.post("/tubes", tube(1), key="k1")
    other = Caller(token_for(open_sites, cities.SITE_D))
    assert other.post("/tubes", tube(2, site=cities.SITE_D), key="k1").status_code == 201
    assert site.post("/tubes/batch", [tube(3)], key="k1").status_code == 200


def test_what_was_not_done_is_not_kept(site):
    assert site.post("/tubes", tube(people=[]), key="k1").status_code == 422
    assert site.post("/tubes", tube(site=cities.SITE_D), key="k2").status_code == 404
    assert not IdempotencyRecord.objects.exists()
    assert site.post("/tubes", tube(), key="k1").status_code == 201


def test_answers_are_kept_for_72_hours(site):
    site.post("/tubes", tube(), key="k1")
    IdempotencyRecord.objects.update(created_at=clock.wall() - timedelta(hours=71))
    assert idempotency.expire() == 0
    IdempotencyRecord.objects.update(created_at=clock.wall() - timedelta(hours=73))
    assert idempotency.expire() == 1


@pytest.mark.django_db(transaction=True)
def test_twelve_threads_with_one_key_have_one_effect_and_one_answer(site, tmp_path):
    arena = Arena(tmp_path)

    def send():
        answer = Caller(site.token).post("/tubes", tube(), key="same")
        return answer.status_code, answer.content

    answers = set(arena.at_once([send] * 12))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert arena.look(lambda: (Tube.objects.count(), IdempotencyRecord.objects.count())) == (1, 1)
