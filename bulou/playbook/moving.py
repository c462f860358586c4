"""What a signature at a door means elsewhere (双方签收): the contact is placed, the guest admitted (D4, D5)."""

from __future__ import annotations

from bulou.investigation import keeping
from bulou.isolation.models import Stay
from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry
from bulou.transfer import actions as transfer
from bulou.transfer.models import LIVE, TransferRequest


def placed_by_transfer(entry: Entry) -> None:
    """Both sides have signed: the contact is where the grade wants it, and tests and checks are the receiver's."""
    row = TransferRequest.objects.get(pk=entry.subject.removeprefix("transfer:"))
    by = system(unit=entry.unit, door=Door.PLAYBOOK)
    keeping.placed_by_fact(people={row.person_id: row.received_by}, ref=row.pk, by=by, at=entry.happened_at)


def signed_by_site(entry: Entry) -> None:
    """A site has taken somebody in on its own page: that is the receiver's signature of the transfer."""
    stay = Stay.objects.get(pk=entry.subject.removeprefix("stay:"))
    if TransferRequest.objects.filter(person_id=stay.person_id, state__in=LIVE).exists():
        by = system(unit=entry.unit, door=Door.PLAYBOOK)
        transfer.sign_over_by_fact(person_id=stay.person_id, by=by, at=entry.happened_at)
