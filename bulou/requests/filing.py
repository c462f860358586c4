"""A request comes in (受理): by page, desk, paper or another program; owner and clock follow from the pack."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, pack_at
from bulou.duties.opening import Owed, existing_owners, owner_of
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, Role
from bulou.kernel.errors import InputFault, NotFound, TooMany
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.places.models import Division
from bulou.policy import Pack
from bulou.requests import joining, rules
from bulou.requests.choices import ANSWERED, Category, How, RequestState
from bulou.requests.models import ResidentRequest
from bulou.units.models import Unit

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread on paper or by telephone
_LENGTH = 16  # 78 bits: guessing is hopeless also without the limit on tries
_LEVELS = {"community": codes.Level.COMMUNITY, "street": codes.Level.STREET, "district": codes.Level.DISTRICT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody asks for. ``about`` is the unit complained about; who complained stays hidden from it."""

    category: Category
    text: str
    how: How
    place_code: str
    place: str = ""
    name: str = ""
    phone: str = ""
    about: str = ""


def digest(ticket: str) -> str:
    """How a ticket is kept; blanks, dashes and small letters of a typed one make no difference."""
    return hashlib.sha256(ticket.upper().replace("-", "").replace(" ", "").encode()).hexdigest()


def _ticket() -> str:
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(plain[start : start + 4] for start in range(0, _LENGTH, 4))


def resident(door: Door, unit: str) -> Actor:
    """Somebody without an account: named in no record but the request itself."""
    return Actor(account="", name="a resident", post="", unit=unit, role=Role.COMMUNITY_WORKER, door=door)


@transaction.atomic
def file_request(
    *, category: Category, text: str, how: How, place_code: str, by: Actor, at: datetime, place: str = "", name: str = "",
    phone: str = "", about: str = "", code: str = "",
) -> ResidentRequest:  # fmt: skip
    """The desk or a worker files what somebody said; the row carries the new ticket once, as ``plain_ticket``."""
    permit(by, Operation.FILE_REQUEST, place_code)
    if rules.concerned(by.unit, about):
        message = "a complaint about your own unit is filed above you, or on the public page"
        raise InputFault(message, column="about", remedy="Give the person the public page's address, or the hotline's number.")
    told = Told(category=category, text=text, how=how, place_code=place_code, place=place, name=name, phone=phone, about=about)
    return _file(told, code=code, by=by, at=at)


@transaction.atomic
def file_publicly(told: Told, *, door: Door, at: datetime) -> ResidentRequest:
    """A resident files without an account; too many in a day with one telephone number are refused (``TooMany``)."""
    if not codes.is_place(told.place_code) or not Division.objects.filter(pk=told.place_code.split("-", 1)[0]).exists():
        message = "no such place"
        raise InputFault(message, column="place_code", remedy="Choose a district, or a community's code.")
    told = replace(told, phone=rules.read_phone(told.phone))
    most = int(pack_at(at).amount("request_phone_day"))
    since = at - timedelta(days=1)
    if told.phone and ResidentRequest.objects.filter(phone=told.phone, filed_at__gt=since).count() >= most:
        message = f"with this telephone number {most} requests were filed within a day"
        raise TooMany(message, remedy="Call the hotline.")
    return _file(told, code="", by=resident(door, codes.territory(told.place_code)), at=at)


def _file(told: Told, *, code: str, by: Actor, at: datetime) -> ResidentRequest:
    text = rules.require_said(told.text, column="text", message="say what is needed")
    phone = rules.read_phone(told.phone)
    pack = pack_at(at)
    owner, state = _owner(told, pack)
    plain = _ticket()
    row = ResidentRequest(
        code=code or public_id("RQ", at), category=told.category, how=told.how, unit_id=owner, about_id=told.about or None,
        place_code=told.place_code, place=told.place.strip()[:160], text=text[:2000], name=told.name.strip()[:80], phone=phone,
        ticket=digest(plain), state=state, filed_at=at, filed_by=f"{by.name} · {by.unit}"[:120],
        due_at=pack.duty(ANSWERED[told.category]).due_at({"opened_at": at, "asked_at": at}),
    )  # fmt: skip
    row.same_as = joining.same(row)
    if row.same_as is not None:
        joining.stand_like(row, row.same_as)
    row.save(force_insert=True)
    commit(
        tag=LineTag.REQUEST_FILED, subject=about(row.pk), unit=row.unit_id, by=by, at=at,
        data={"category": row.category, "how": row.how, "same_as": row.same_as_id or ""},
        personal={"text": row.text, "name": row.name, "phone": row.phone, "place": row.place},
        opens=[] if row.same_as_id else [owed(row, ANSWERED[told.category], owner=row.unit_id, asked_at=at)],
    )  # fmt: skip
    joining.join(row, pack=pack, by=by, at=at)
    row.plain_ticket = plain  # type: ignore[attr-defined] # told once, kept nowhere
    return row


def _owner(told: Told, pack: Pack) -> tuple[str, RequestState]:
    """Whose it is: by the pack's owner of the category and the place; a complaint belongs to the unit above."""
    rule = pack.duty(ANSWERED[told.category])
    if told.category is Category.CONDUCT and not told.about:
        message = "say which unit it is about"
        raise InputFault(message, column="about", remedy="Write the unit's code; the community's when in doubt.")
    if told.about:
        if not Unit.objects.filter(pk=told.about).exists():
            message = f"no unit has the code {told.about!r}"
            raise InputFault(message, column="about", remedy="bulou export units shows the codes.")
        above = codes.chain(told.about)[1:]
        known = set(Unit.objects.filter(pk__in=above).values_list("pk", flat=True))
        owner = next((one for one in above if one in known), "")
        if not owner:
            message = "above this unit there is none that could answer"
            raise InputFault(message, column="about", remedy="Turn to the authority above the city.")
        return owner, RequestState.ASSIGNED
    asked = Owed(kind=rule.kind, about="", label="", place_code=told.place_code)
    wanted = owner_of(rule, asked)
    level = _LEVELS.get(rule.owner.value)
    placed = level is None or bool(codes.up_to(codes.territory(told.place_code), level))
    return existing_owners([wanted])[wanted], RequestState.ASSIGNED if placed else RequestState.RECEIVED


@transaction.atomic
def new_ticket(*, code: str, by: Actor, at: datetime) -> ResidentRequest:
    """Another ticket for the person, told once (``plain_ticket``); the one before opens nothing any more."""
    row = locked(ResidentRequest, code)
    permit(by, Operation.FILE_REQUEST, row.unit_id, row.place_code)
    if rules.concerned(by.unit, row.about_id or ""):
        raise NotFound(_MISSING, remedy="Check the identifier.")
    plain = _ticket()
    row.ticket = digest(plain)
    row.save(update_fields=("ticket",))
    commit(tag=LineTag.REQUEST_TICKET, subject=about(row.pk), unit=row.unit_id, by=by, at=at)
    row.plain_ticket = plain  # type: ignore[attr-defined] # told once, kept nowhere
    return row


_MISSING = "no such record"


def by_ticket(ticket: str) -> ResidentRequest:
    """The request that a ticket opens; any other ticket answers like a missing one."""
    found = ResidentRequest.objects.filter(ticket=digest(ticket)).select_related("unit").first() if ticket.strip() else None
    if found is None:
        raise NotFound(_MISSING, remedy="Check the ticket, or ask the hotline for a new one.")
    return found


def about(code: str) -> str:
    """How ledger and duties name a request."""
    return f"request:{code}"


def owed(row: ResidentRequest, kind: str, *, owner: str = "", above: str = "", why: str = "", **facts: datetime) -> Owed:
    """A duty about a request; of a complaint it lies where the unit complained about does not see it."""
    lies = codes.territory(row.unit_id) if row.about_id else row.place_code
    return Owed(
        kind=kind, about=about(row.pk), label=row.pk, place_code=lies,
        owners={"explicit": owner} if owner else {"of": above}, facts=facts, why=why,
    )  # fmt: skip
