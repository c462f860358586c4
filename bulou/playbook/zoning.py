"""What a positive means for places: a zone is proposed or counts anew, home and places visited are disinfected (D7, D14).

A proposal restricts nobody: the district decides it within the pack's hours.
"""

from __future__ import annotations

import json

from bulou.duties.opening import existing_owners
from bulou.environment import actions as environment
from bulou.environment.choices import JobKind
from bulou.environment.models import Job
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case, Exposure
from bulou.kernel import codes
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.places.models import Building, Division
from bulou.restrictions.choices import Kind, State
from bulou.restrictions.models import Restriction
from bulou.zones import actions as zones


def zone_for_case(entry: Entry) -> None:
    """A case was opened: its home's zone counts it, or one is proposed; who was in isolation already needs none at home."""
    case = _case(entry)
    if _is_isolated(case, entry):
        return
    zones.note_positive_by_fact(
        place_code=case.place_code, place=_name(case.place_code), because=f"case:{case.pk}", entry=entry,
        carries=json.loads(entry.actor).get("door") == Door.PLAYBOOK, by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )  # fmt: skip


def no_zone_for_excluded(entry: Entry) -> None:
    """Experts excluded it: a zone that was only proposed because of it is not decided any more."""
    if ledger.content(entry)["status"] == CaseStatus.EXCLUDED:
        by = system(unit=entry.unit, door=Door.PLAYBOOK)
        zones.withdraw_by_fact(because=entry.subject, why=f"{entry.subject} excluded", by=by, at=entry.happened_at)


def check_exits(entry: Entry) -> None:
    """A measure that keeps people indoors was approved: somebody walks the fire exits."""
    row = Restriction.objects.get(pk=entry.subject.removeprefix("restriction:"))
    if row.kind == Kind.ZONE_MEASURE:
        by = system(unit=entry.unit, door=Door.PLAYBOOK)
        zones.owe_exits_by_fact(place_code=row.place_code, by=by, at=entry.happened_at)


def disinfect_after(entry: Entry) -> None:
    """The home of a case is disinfected, once for each case and place; who was in isolation leaves no home behind."""
    case = _case(entry)
    if not _is_isolated(case, entry):
        _ask(case, case.place_code, entry)


def disinfect_visited(entry: Entry) -> None:
    """The places that a case visited, as far as they were written as codes; a place named in words is asked for by people."""
    if not entry.subject.startswith("case:"):
        return
    case = _case(entry)
    named = ledger.content(entry).get("exposures", ())
    wanted = [one for one in (named if isinstance(named, list) else []) if isinstance(one, int)]
    found = Exposure.objects.filter(pk__in=wanted, withdrawn_at=None).exclude(place="")
    for place in sorted(set(found.values_list("place", flat=True))):
        if codes.is_place(place) and len(place) >= len("990101001001"):
            _ask(case, place, entry)


def _ask(case: Case, place: str, entry: Entry) -> None:
    """Exactly once: also when the job is done already and the fact is told again."""
    because = f"case:{case.pk}"
    if Job.objects.filter(kind=JobKind.TERMINAL, because=f"{because}@{place}").exists():
        return
    unit = existing_owners([codes.territory(place)])[codes.territory(place)]
    environment.ask_job_by_fact(
        kind=JobKind.TERMINAL, unit=unit, place_code=place, place=_name(place) or place, reason=because,
        because=f"{because}@{place}", by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at,
    )  # fmt: skip


def _case(entry: Entry) -> Case:
    return Case.objects.get(pk=entry.subject.removeprefix("case:"))


def _is_isolated(case: Case, entry: Entry) -> bool:
    held = Restriction.objects.filter(person_id=case.person_id, kind=Kind.ISOLATION, state=State.IN_FORCE)
    return held.filter(approved_at__lte=entry.happened_at, ends_at__gt=entry.happened_at).exists()


def _name(place: str) -> str:
    """Community and building, as people call them."""
    community = Division.objects.filter(pk=place[:12]).values_list("name", flat=True).first() or place[:12]
    building = Building.objects.filter(pk=place[:17]).values_list("name", flat=True).first() or place[12:17].removeprefix("-")
    return f"{community} {building}".strip()
