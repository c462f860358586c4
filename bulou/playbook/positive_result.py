"""A laboratory reports a person's own sample positive (初筛阳性): what must happen, from top to bottom.

Read this beside the story test of the same scenario (G11). The hold is proposed by ``restricting``, the transfer asked for
by ``chasing``, a zone proposed and the home's disinfection asked for by ``zoning`` when the case is open.
"""

from __future__ import annotations

from datetime import datetime

from bulou.duties.opening import Owed
from bulou.investigation import actions as investigation
from bulou.investigation import rules as cases
from bulou.investigation.models import Case
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.people.models import Resident
from bulou.specimens import owed
from bulou.specimens.models import Tube, TubeMember


def positive_result(entry: Entry) -> None:
    """Open the person's case, at the place of stay; a second laboratory with the same answer joins the open case."""
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    said = ledger.content(entry)
    tube = Tube.objects.select_related("site").get(pk=entry.subject.removeprefix("tube:"))
    person = TubeMember.objects.get(tube=tube).person_id
    stays = Resident.objects.filter(pk=person).values_list("place_code", flat=True).first() or tube.site.place_code

    investigation.open_case_by_fact(
        person_id=person,
        place_code=stays,
        tube_id=tube.pk,
        sampled_at=tube.collected_at,
        detected_at=datetime.fromisoformat(str(said["reported_at"])),
        laboratory=str(said["laboratory"]),
        by=by,
        at=entry.happened_at,
    )


def case_opened(entry: Entry) -> None:
    """A case is open, by a positive or by hand: owe its chase, its diagnosis and its report."""
    case = Case.objects.get(pk=entry.subject.removeprefix("case:"))
    owed.open_all(
        [
            _owe(case, cases.CHASED),  # found, held, investigated, contacts listed
            _owe(case, cases.DIAGNOSED),  # preliminary becomes confirmed, asymptomatic or excluded
            _owe(case, cases.REPORTED),  # the direct network knows
        ],
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )


def _owe(case: Case, kind: str) -> Owed:
    return Owed(
        kind=kind,
        about=cases.case_about(case.pk),
        label=case.pk,
        place_code=case.place_code,
        facts={"sampled_at": case.sampled_at or case.detected_at, "detected_at": case.detected_at},
    )
