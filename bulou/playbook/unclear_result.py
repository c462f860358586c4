"""A result that says nothing, or comes too late: somebody is sampled again, or somebody decides."""

from __future__ import annotations

from bulou.duties import actions as duties
from bulou.duties.opening import Owed
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook.pool_abnormal import sample_again
from bulou.specimens import matching, owed, rows, rules
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Tube


def resample_unclear(entry: Entry) -> None:
    """Indeterminate or invalid: a new sample of everybody in the tube, unless another result already stands."""
    tube = Tube.objects.get(pk=entry.subject.removeprefix("tube:"))
    if Outcome(tube.outcome) in rules.DECISIVE:
        return
    outcome = str(ledger.content(entry)["outcome"])
    sample_again(entry, why=rules.SAID_UNCLEAR % {"tube": tube.pk, "outcome": outcome})


def review_late_result(entry: Entry) -> None:
    """A positive for a sample taken before the person was released (G13): the district decides what follows."""
    tube = Tube.objects.select_related("site").get(pk=entry.subject.removeprefix("tube:"))
    said = ledger.content(entry)
    owed.open_all(
        [
            Owed(
                kind=rules.LATE_REVIEWED,
                about=entry.subject,
                label=f"{tube.pk} · {tube.site.name}",
                place_code=tube.site.place_code,
                facts={"collected_at": tube.collected_at},
                why=rules.SAID_LATE % {"outcome": said["outcome"], "laboratory": said["laboratory"]},
            )
        ],
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )


def late_result_answered(entry: Entry) -> None:
    """The reviewer opened a case from the late result's tube: the review is done."""
    duties.fulfil_by_fact(
        kind=rules.LATE_REVIEWED,
        about=rules.tube_about(str(ledger.content(entry)["tube"])),
        tag=Tag(entry.tag),
        ref=entry.subject,
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )


def settle_by_diagnosis(entry: Entry) -> None:
    """The experts' diagnosis of a case also settles what two laboratories disagree on about its tube."""
    said = ledger.content(entry)
    tube = rows.locked_tubes([str(said["tube"])]).select_related("site").first()
    if tube is None or not matching.is_disputed(tube):
        return
    matching.settle_by_fact(
        tube,
        outcome=Outcome.NEGATIVE if said["status"] == "excluded" else Outcome.POSITIVE,
        reason=f"{entry.subject} {said['status']}",
        tag=Tag(entry.tag),
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )
