"""Somebody goes home (解除隔离): what restricted them ends, and the home community takes over.

Accepted on whichever page, or decided by a superior: the hand-over is an ordinary duty.
"""

from __future__ import annotations

from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.isolation import actions as isolation
from bulou.isolation.choices import RiskClass
from bulou.isolation.models import Stay
from bulou.isolation.rules.names import HOME_ACCEPTED
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.playbook.expected import expected
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind, Lifting


def lift_released(entry: Entry) -> None:
    """A guest was released by the rule: the case is released with them, and no restriction without another ground remains."""
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    stay = Stay.objects.get(pk=entry.subject.removeprefix("stay:"))
    if stay.risk_class == RiskClass.CASE:
        diagnosed = Case.objects.filter(person_id=stay.person_id, released_at=None).exclude(
            status__in=(CaseStatus.PRELIMINARY, CaseStatus.EXCLUDED)
        )
        for code in diagnosed.values_list("pk", flat=True):
            investigation.release_case_by_fact(code=code, reason=f"{entry.subject} released", by=by, at=entry.happened_at)
    asked = {kind for one in expected(at=entry.happened_at, people=[stay.person_id]) for kind in one.kinds}
    restrictions.lift_by_fact(
        person_id=stay.person_id,
        reason=f"{entry.tag} {entry.subject}",
        kinds=[kind for kind in Kind if kind not in asked],
        why=Lifting.BY_RULE,
        by=by,
        at=entry.happened_at,
    )


def home_taken_over(entry: Entry) -> None:
    """The duty of a hand-over home has a new owner: the days at home begin with it."""
    if ledger.content(entry).get("kind") != HOME_ACCEPTED:
        return
    duty = Duty.objects.get(pk=entry.subject.removeprefix("duty:"))
    isolation.accepted_by_fact(duty, by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)
