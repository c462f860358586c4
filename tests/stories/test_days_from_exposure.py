"""Days of isolation count from the last exposure (自末次暴露后算起), also for who is fetched by a transfer (N9-CC-CLOCK).

Exposed until 11:00, listed and graded at 13:00, in the room at 15:00: the days end at 11:00 of the seventh day, with the
restriction, and not two hours later because the grading asked for the bed.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.investigation import contacts
from bulou.investigation.choices import Setting
from bulou.investigation.models import Case
from bulou.isolation import actions as isolation
from bulou.isolation.models import Stay
from bulou.restrictions.models import Restriction
from bulou.specimens.choices import Outcome
from bulou.transfer import housing
from bulou.transfer.models import TransferRequest
from tests import chain as chains
from tests import lodging as lodgings
from tests.city import EAST, at

pytestmark = pytest.mark.django_db


def test_a_fetched_contacts_days_end_with_the_restriction_and_not_later(city):
    chain, lodging = chains.running(city), lodgings.opened(city)
    tube = chain.tube([chain.people[0]], when=at(1))
    chain.report(tube, Outcome.POSITIVE, when=at(4))
    mate = chain.people[1]
    contacts.list_contact(
        case=Case.objects.get().pk, person_id=mate, setting=Setting.HOUSEHOLD, from_at=at(-10), until_at=at(3),
        by=city.actor(EAST), at=at(5),
    )  # fmt: skip
    asked = TransferRequest.objects.get(person_id=mate)
    assert asked.clock_from == at(5), "the hours to fetch somebody run from the grading"
    guest = housing.Guest(request=asked, room_id="iso001-101", arrive_at=at(7))
    housing.claim_rooms([guest], by=lodging.leader(), at=at(6))
    stay = isolation.admit_guest(stay=Stay.objects.get().pk, by=lodging.manager, at=at(7))
    assert stay.clock_from == at(3)
    assert stay.release_at == at(3) + timedelta(days=7)
    assert Restriction.objects.get(person_id=mate).ends_at == stay.release_at
    verdict = isolation.release_verdict(stay, at=stay.release_at)
    assert next(one for one in verdict.conditions if one.code == "days").met
