"""Requests: whose they are, what the resident says of them, what is hidden from whom, what is erased."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bulou.books import reading
from bulou.duties import handovers
from bulou.duties import queries as duty_queries
from bulou.duties.models import Duty
from bulou.duties.sweep import sweep
from bulou.exchange.shelf import BOOKS
from bulou.kernel.actor import Door
from bulou.kernel.errors import InputFault, NotFound, Refused, TooMany
from bulou.ledger.models import Entry, PersonalPayload
from bulou.requests import actions, filing, joining
from bulou.requests.choices import Category, CauseState, How, RequestState
from bulou.requests.filing import Told
from bulou.requests.models import Cause, ResidentRequest
from tests import city as cities

pytestmark = pytest.mark.django_db
A, B, C, STREET, EAST = cities.COMMUNITY_A, cities.COMMUNITY_B, cities.COMMUNITY_C, cities.STREET_1, cities.EAST
BOOK = BOOKS["requests"]


def told(**more):
    said = {
        "category": Category.FOOD,
        "text": "三天没有菜",
        "how": How.WEB,
        "place_code": f"{A}-0001",
        "phone": "",
        "name": "王某",
    }
    return Told(**{**said, **more})


def publicly(at=None, **more):
    return filing.file_publicly(told(**more), door=Door.WEB, at=at or cities.at())


def owed():
    return set(Duty.objects.filter(state="open").values_list("kind", "owner"))


@pytest.mark.parametrize(
    ("category", "place", "owner", "state"),
    [
        (Category.FOOD, f"{A}-0001", A, "assigned"),
        (Category.ISOLATION, A, STREET, "assigned"),
        (Category.FOOD, EAST, EAST, "received"),
        (Category.OTHER, cities.CITY, cities.CITY, "received"),
    ],
)
def test_the_owner_follows_from_category_and_place_and_nobody_knows_only_in_a_wide_one(city, category, place, owner, state):
    row = publicly(category=category, place_code=place)
    assert (row.unit_id, row.state) == (owner, state)
    assert owed() == {(f"request.{category}_answered", owner)}


@pytest.mark.parametrize("code", ["nowhere", "5201", "990109001001", "", "990101001001-0001-099x"])
def test_a_place_that_is_none_or_elsewhere_is_named(city, code):
    with pytest.raises(InputFault) as found:
        publicly(place_code=code)
    assert found.value.column == "place_code"
    assert not ResidentRequest.objects.exists()


def test_a_ticket_opens_its_request_however_it_is_typed_and_a_new_one_replaces_it(city):
    row = publicly()
    ticket = row.plain_ticket
    assert filing.by_ticket(ticket.lower().replace("-", " ")).pk == row.pk
    assert ticket not in str(ResidentRequest.objects.values().get()), "only its digest is kept"
    fresh = filing.new_ticket(code=row.pk, by=city.actor(cities.CITY), at=cities.at(1)).plain_ticket
    assert filing.by_ticket(fresh).pk == row.pk
    for wrong in (ticket, "", " ", row.pk, row.ticket):
        with pytest.raises(NotFound):
            filing.by_ticket(wrong)
        with pytest.raises(NotFound):
            actions.confirm_by_ticket(ticket=wrong, door=Door.WEB, at=cities.at(1))


def test_what_the_unit_says_is_done_is_open_until_the_resident_confirms(city):
    row = publicly()
    with pytest.raises(Refused):
        actions.confirm_by_ticket(ticket=row.plain_ticket, door=Door.WEB, at=cities.at(1))
    actions.start_request(code=row.pk, by=city.actor(A), at=cities.at(1))
    with pytest.raises(InputFault):
        actions.claim_done(code=row.pk, evidence=" ", by=city.actor(A), at=cities.at(2))
    done = actions.claim_done(code=row.pk, evidence="签收单 17", by=city.actor(A), at=cities.at(2))
    assert (done.state, done.confirmed_at, done.closed_late) == ("done_claimed", None, False)
    assert owed() == set()
    done = actions.confirm_by_ticket(ticket=row.plain_ticket, door=Door.WEB, at=cities.at(3))
    assert (done.state, done.confirmed_at) == ("confirmed", cities.at(3))
    entry = Entry.objects.get(tag="request:request:confirmed")
    assert "a resident" in entry.actor
    assert "王某" not in entry.actor, "the record of the step names no resident"


def test_disputed_it_is_owed_again_and_a_unit_above_signs(city):
    row = publicly()
    actions.claim_done(code=row.pk, evidence="已联系", by=city.actor(A), at=cities.at(2))
    actions.dispute_by_ticket(ticket=row.plain_ticket, why="没有人来过", door=Door.WEB, at=cities.at(3))
    assert owed() == {("request.food_answered", A), ("request.dispute_looked", STREET)}
    with pytest.raises(Refused, match="a unit above"):
        actions.claim_done(code=row.pk, evidence="已联系", by=city.actor(A), at=cities.at(4))
    actions.claim_done(code=row.pk, evidence="送到门口,照片 3", by=city.actor(STREET), at=cities.at(4))
    assert owed() == set()


def test_a_refusal_has_a_reason_and_a_name_and_can_be_disputed(city):
    row = publicly(category=Category.TRANSPORT)
    with pytest.raises(InputFault) as found:
        actions.refuse_request(code=row.pk, reason="", by=city.actor(A), at=cities.at(1))
    assert found.value.column == "reason"
    refused = actions.refuse_request(code=row.pk, reason="跨市车辆停运", by=city.actor(A), at=cities.at(1))
    assert refused.closed_by.startswith(city.actor(A).name)
    actions.dispute_by_ticket(ticket=row.plain_ticket, why="就医", door=Door.API, at=cities.at(2))
    assert ResidentRequest.objects.get().state == "disputed"


def test_a_closed_request_is_opened_again_for_a_week(city):
    row = publicly()
    actions.claim_done(code=row.pk, evidence="x", by=city.actor(A), at=cities.at(1))
    actions.confirm(code=row.pk, by=city.actor(A), at=cities.at(2))
    with pytest.raises(Refused, match="more than 7 days"):
        actions.reopen_by_ticket(ticket=row.plain_ticket, why="x", door=Door.WEB, at=cities.at(24 * 7 + 3))
    again = actions.reopen_by_ticket(ticket=row.plain_ticket, why="又断了", door=Door.WEB, at=cities.at(24 * 7 + 2))
    assert (again.state, again.disputes, again.confirmed_at) == ("assigned", 1, None)


def test_the_wrong_addressee_hands_it_over_and_owes_it_until_it_is_accepted(city):
    row = publicly()
    with pytest.raises(InputFault):
        actions.hand_over(code=row.pk, unit=B, reason=" ", by=city.actor(A), at=cities.at(1))
    actions.hand_over(code=row.pk, unit=B, reason="楼栋属乙社区", by=city.actor(A), at=cities.at(1))
    assert reading.one(BOOK, city.actor(B), row.pk).state == "handed_over", "who is offered it reads it"
    assert owed() == {("request.food_answered", A)}
    duty = Duty.objects.get()
    handovers.refuse_handover(duty_id=duty.pk, reason="不是", by=city.actor(B), at=cities.at(1, minutes=5))
    row.refresh_from_db()
    assert (row.state, row.unit_id, row.offered_to_id) == ("assigned", A, None)
    actions.hand_over(code=row.pk, unit=C, reason="是丙社区", by=city.actor(A), at=cities.at(2))
    handovers.accept_handover(duty_id=duty.pk, by=city.actor(C), at=cities.at(2, minutes=5))
    row.refresh_from_db()
    assert (row.state, row.unit_id) == ("assigned", C)
    assert owed() == {("request.food_answered", C)}
    actions.claim_done(code=row.pk, evidence="x", by=city.actor(C), at=cities.at(3))


def test_an_offer_that_nobody_answers_stays_with_the_sender_and_the_superior_decides(city):
    row = publicly()
    actions.hand_over(code=row.pk, unit=B, reason="楼栋属乙社区", by=city.actor(A), at=cities.at(1))
    sweep(at=cities.at(2))
    row.refresh_from_db()
    assert (row.state, row.unit_id) == ("assigned", A)
    assert ("handover.decided", STREET) in owed()
    handovers.decide_owner(
        duty_id=Duty.objects.get(kind="request.food_answered").pk,
        to_unit=B,
        reason="乙",
        by=city.actor(STREET),
        at=cities.at(3),
    )
    row.refresh_from_db()
    assert row.unit_id == B


def test_the_desk_says_whose_it_is_and_the_clock_runs_on(city):
    row = publicly(place_code=EAST)
    due = row.due_at
    actions.assign_request(code=row.pk, unit=C, place_code=C, by=city.actor(EAST), at=cities.at(1))
    row.refresh_from_db()
    assert (row.state, row.unit_id, row.place_code, row.due_at) == ("assigned", C, C, due)
    duty = Duty.objects.get(state="open")
    assert (duty.owner_id, duty.due_at, duty.place_code) == (C, due, C)
    with pytest.raises(NotFound):
        actions.assign_request(code=row.pk, unit=A, by=city.actor(cities.WEST), at=cities.at(2))


@pytest.mark.parametrize("category", [Category.FOOD, Category.CONDUCT])
def test_who_complained_is_hidden_from_the_unit_complained_about_and_from_those_under_it(city, category):
    row = publicly(category=category, about=A, text="王某说值班员骂人", phone="13811112222")
    assert row.unit_id == STREET, "the unit above answers"
    for unit in (A, f"{A}:site001"):
        actor = city.actor(unit, role=city.actor(A).role)
        assert row.pk not in BOOK.visible(actor).values_list("pk", flat=True)
        with pytest.raises(NotFound):
            reading.one(BOOK, actor, row.pk)
        assert not duty_queries.visible(actor).filter(about=f"request:{row.pk}").exists()
    steps = (
        lambda by: actions.start_request(code=row.pk, by=by, at=cities.at(1)),
        lambda by: actions.claim_done(code=row.pk, evidence="x", by=by, at=cities.at(1)),
        lambda by: actions.refuse_request(code=row.pk, reason="x", by=by, at=cities.at(1)),
        lambda by: filing.new_ticket(code=row.pk, by=by, at=cities.at(1)),
    )
    for step in steps:
        with pytest.raises(NotFound):
            step(city.actor(A))
    for give in (actions.hand_over, actions.assign_request):
        more = {"reason": "x"} if give is actions.hand_over else {}
        with pytest.raises(InputFault):
            give(code=row.pk, unit=A, by=city.actor(STREET), at=cities.at(1), **more)
    assert reading.one(BOOK, city.actor(STREET), row.pk).name == "王某"
    assert "王某" not in " ".join(Duty.objects.values_list("label", flat=True)) + " ".join(
        Entry.objects.values_list("data", flat=True)
    )
    assert "王某" in PersonalPayload.objects.get(entry__tag="request:request:filed").body, "erasable, and apart"


def test_a_complaint_says_about_whom_and_a_worker_does_not_file_it_about_the_own_unit(city):
    with pytest.raises(InputFault) as found:
        publicly(category=Category.CONDUCT)
    assert found.value.column == "about"
    with pytest.raises(InputFault):
        filing.file_request(
            category=Category.CONDUCT, text="x", how=How.BEHALF, place_code=A, about=A, by=city.actor(A), at=cities.at()
        )
    with pytest.raises(InputFault):
        publicly(about="990101999")


def test_the_same_request_twice_is_joined_and_each_resident_speaks_for_the_own_one(city):
    first, second = publicly(phone="138 1111 2222"), publicly(phone="13811112222", text="再说一次")
    assert (second.same_as_id, first.same_as_id) == (first.pk, None)
    assert len(owed()) == 1
    publicly(phone="13811112222", category=Category.MEDICINE)
    publicly(phone="13811112222", place_code=B)
    assert ResidentRequest.objects.filter(same_as=None).count() == 3, "another need, or another compound, is another request"
    actions.claim_done(code=first.pk, evidence="签收单", by=city.actor(A), at=cities.at(1))
    actions.confirm_by_ticket(ticket=first.plain_ticket, door=Door.WEB, at=cities.at(2))
    second.refresh_from_db()
    assert second.state == "done_claimed", "said to be done with the first, and not yet confirmed"
    actions.dispute_by_ticket(ticket=second.plain_ticket, why="我家没有", door=Door.WEB, at=cities.at(3))
    second.refresh_from_db()
    assert (second.state, second.same_as_id) == ("disputed", None)
    assert Duty.objects.filter(about=f"request:{second.pk}", state="open").count() == 2


def test_the_desk_joins_what_it_finds_alike(city):
    first, second = publicly(), publicly(text="同一件事")
    actions.same_request(code=second.pk, first=first.pk, by=city.actor(A), at=cities.at(1))
    assert Duty.objects.get(about=f"request:{second.pk}").state == "superseded"
    for wrong in (first.pk, second.pk, "RQ-none"):
        with pytest.raises((InputFault, Refused)):
            actions.same_request(code=first.pk, first=wrong, by=city.actor(A), at=cities.at(1))


def test_one_telephone_number_files_so_many_a_day(city):
    for number in range(10):
        publicly(phone="13811112222", text=f"{number}")
    with pytest.raises(TooMany):
        publicly(phone="13811112222")
    publicly(phone="13811112223")
    publicly(phone="13811112222", at=cities.at(25))


def test_like_requests_are_joined_from_the_third_on_and_settled_together(city):
    rows = [publicly(at=cities.at(minutes=number)) for number in range(3)]
    cause = Cause.objects.get()
    assert (cause.requests_joined, cause.unit_id, cause.rose_at) == (3, A, None)
    publicly(category=Category.UTILITIES)
    publicly(place_code=B)
    assert Cause.objects.get().requests_joined == 3
    actions.claim_done(code=rows[0].pk, evidence="x", by=city.actor(A), at=cities.at(1))
    actions.dispute_by_ticket(ticket=rows[0].plain_ticket, why="没有", door=Door.WEB, at=cities.at(1, minutes=5))
    joining.settle_cause(code=cause.pk, evidence="保供车 12:30 到小区", by=city.actor(A), at=cities.at(2))
    states = dict(ResidentRequest.objects.filter(cause=cause).values_list("pk", "state"))
    assert states == {rows[0].pk: "disputed", rows[1].pk: "done_claimed", rows[2].pk: "done_claimed"}
    assert Duty.objects.filter(about__in=[f"request:{row.pk}" for row in rows[1:]], state="open").count() == 0
    with pytest.raises(Refused):
        joining.answer_cause(code=cause.pk, answer="x", by=city.actor(A), at=cities.at(2))
    for number in range(3):
        publicly(at=cities.at(6, minutes=number))
    assert Cause.objects.filter(state=CauseState.OPEN).count() == 1, "it comes again: joined anew"


def test_what_closed_requests_say_of_persons_is_erased_and_what_is_owed_stays(city):
    old, live = publicly(phone="13811112222"), publicly(category=Category.TESTING)
    actions.claim_done(code=old.pk, evidence="x", by=city.actor(A), at=cities.at(1))
    late = cities.at(24 * 61)
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(24 * 59)) == 0
    assert actions.erase_due(by=cities.SYSTEM, at=late) == 1
    old.refresh_from_db()
    assert (old.text, old.name, old.phone, old.place, old.ticket, old.erased_at) == ("", "", "", "", "", late)
    assert ResidentRequest.objects.get(pk=live.pk).text
    with pytest.raises(NotFound):
        filing.by_ticket(old.plain_ticket)
    assert actions.erase_due(by=cities.SYSTEM, at=late) == 0
    assert Entry.objects.filter(tag="request:personal:erased").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""}, {"state": RequestState.DONE_CLAIMED}, {"state": RequestState.REFUSED}, {"state": RequestState.HANDED_OVER},
        {"state": RequestState.CONFIRMED}, {"erased_at": cities.at()}, {"about": A},
    ],
)  # fmt: skip
def test_the_table_holds_what_the_actions_promise(city, wrong):
    row = publicly()
    with pytest.raises(IntegrityError), transaction.atomic():
        ResidentRequest.objects.filter(pk=row.pk).update(**wrong)


def test_an_import_of_a_hundred_asks_a_bounded_number_of_statements_each(city, django_assert_max_num_queries):
    for number in range(20):
        publicly(at=cities.at(minutes=number))
    with django_assert_max_num_queries(40):
        publicly(at=cities.at(minutes=30))
