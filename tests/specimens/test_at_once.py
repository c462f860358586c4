"""What two devices or laboratories do at the same instant ends as if they had come one after the other."""

from __future__ import annotations

from functools import partial

import pytest

from bulou.duties.models import Duty
from bulou.investigation.models import Case
from bulou.specimens import actions as specimens
from bulou.specimens.actions import Registered, TubeScan
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Tube, TubeMember
from tests import chain as chains
from tests import city as cities
from tests.arena import Arena
from tests.chain import Chain, owed
from tests.city import LAB_1, LAB_2, SITE_A, at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chain() -> Chain:
    return chains.running(cities.build_city())


def test_overlapping_batches_register_each_tube_once_and_wait_for_nobody_forever(chain, tmp_path):
    scans = [TubeScan(tube_id=f"T{n:03}", site_id=SITE_A, collected_at=at(1), people=(f"P{n}",)) for n in range(120)]
    orders = [scans, scans[::-1], scans[60:] + scans[:60], scans[::-1]] * 2
    actor = chain.city.actor(SITE_A)
    arena = Arena(tmp_path)
    answers = arena.at_once([partial(specimens.register_tubes, scans=one, by=actor, at=at(1.1)) for one in orders])
    assert all(isinstance(one, Registered) for batch in answers for one in batch)
    assert sum(one.created for batch in answers for one in batch) == 120
    assert arena.look(lambda: (Tube.objects.count(), TubeMember.objects.count())) == (120, 120)


def test_abnormal_pools_with_a_member_in_common_ask_for_one_new_sample(chain, tmp_path):
    pools = [chain.tube(["shared", f"P{n}"], when=at(1)) for n in range(8)]
    labs = [chain.city.actor(lab) for lab in (LAB_1, LAB_2)] * 4
    step = partial(specimens.report_result, outcome=Outcome.POSITIVE, tested_at=at(2), reported_at=at(3), at=at(3))
    arena = Arena(tmp_path)
    arena.at_once([partial(step, tube_id=pool, by=lab) for pool, lab in zip(pools, labs, strict=True)])
    assert arena.look(lambda: len(owed("specimen.resampled"))) == 9
    assert arena.look(lambda: owed("consequence.repaired")) == [], "no consequence was left to be repaired by hand"


def test_two_laboratories_with_the_same_positive_open_one_case(chain, tmp_path):
    tube = chain.tube([chain.people[0]], when=at(1))
    step = partial(
        specimens.report_result, tube_id=tube, outcome=Outcome.POSITIVE, tested_at=at(2), reported_at=at(3), at=at(3)
    )
    arena = Arena(tmp_path)
    arena.at_once([partial(step, by=chain.city.actor(lab)) for lab in (LAB_1, LAB_2)])
    assert arena.look(lambda: [set(case.laboratories.split(";")) for case in Case.objects.all()]) == [{LAB_1, LAB_2}]
    assert arena.look(lambda: Duty.objects.filter(kind__startswith="case.").count()) == 3


def test_sealing_and_registering_at_once_leave_no_tube_without_a_duty(chain, tmp_path):
    boxed = chain.tubes(2, when=at(1))
    specimens.watch(at=at(1))
    actor = chain.city.actor(SITE_A)
    scans = [TubeScan(tube_id=f"L{n}", site_id=SITE_A, collected_at=at(1.1), people=(f"Q{n}",)) for n in range(40)]
    arena = Arena(tmp_path)
    arena.at_once(
        [
            lambda: chain.sealed(boxed, when=at(1.2)),
            *(partial(specimens.register_tubes, scans=[one], by=actor, at=at(1.2)) for one in scans),
        ]
    )
    arena.look(lambda: specimens.watch(at=at(1.3)))
    (left,) = arena.look(lambda: owed("specimen.sealed"))
    assert left.due_at == at(2.1), "the watch derives what waits, whatever the order was"
