"""Needs and stock: turns, shortages, proofs, lists; what the tables hold whoever writes."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bulou.commands import doctor
from bulou.duties.models import Duty
from bulou.exchange.importing import import_file
from bulou.kernel.actor import Role
from bulou.kernel.errors import BulouError, CapacityFull, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.supplies import actions as supplies
from bulou.supplies import stock
from bulou.supplies.choices import GoodKind, Measure, NeedState, Proof, PurchaseState, Way
from bulou.supplies.models import Batch, Delivery, Need, Pick, Purchase
from tests import pantry
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, EAST, STREET_1, SYSTEM, at

pytestmark = pytest.mark.django_db
SIGNED = {"proof_kind": Proof.SIGNATURE, "proof": "王"}


@pytest.fixture
def store(city):
    pantry.households()
    pantry.rice(city)
    pantry.stock(city, 20_000, code="B1")
    return city


def picked(city, home, **said):
    row = pantry.need(city, home, **said)
    return supplies.pick_need(code=row.pk, by=city.actor(STREET_1), at=at(1))


def open_kinds():
    return sorted(Duty.objects.filter(state="open").values_list("kind", flat=True))


def test_the_register_says_who_is_first_and_the_clock_is_shorter(store):
    plain, first, said = pantry.need(store, "H001"), pantry.need(store, "H002"), pantry.need(store, "H003", first=True)
    assert [plain.vulnerable, first.vulnerable, said.vulnerable] == [False, True, True]
    assert [one.due_at for one in (plain, first, said)] == [at(24), at(12), at(12)]
    assert open_kinds() == ["supplies.need_met", "supplies.vulnerable_met", "supplies.vulnerable_met"]


def test_a_neighbour_is_not_served_before_a_vulnerable_household_without_a_reason(store):
    plain, first = picked(store, "H001"), picked(store, "H002")
    worker = store.actor(COMMUNITY_A)
    with pytest.raises(Refused, match="still waits"):
        supplies.deliver_need(need=plain.pk, **SIGNED, by=worker, at=at(2))
    row = supplies.deliver_need(need=plain.pk, **SIGNED, ahead="无人应门,已约 20:00", by=worker, at=at(2))
    entry = Entry.objects.get(tag="supplies:need:delivered")
    assert "已约 20:00" in entry.data
    assert row.ahead == "无人应门,已约 20:00"
    supplies.deliver_need(need=first.pk, **SIGNED, by=worker, at=at(3))
    assert open_kinds() == []


def test_brought_by_the_same_call_the_vulnerable_household_is_served_too(store):
    plain, first = picked(store, "H001"), picked(store, "H002")
    rows = [{"need": one.pk, **SIGNED} for one in (plain, first)]
    assert all(isinstance(one, Delivery) for one in supplies.deliver_needs(rows=rows, by=store.actor(COMMUNITY_A), at=at(2)))


def test_a_need_is_delivered_once_however_often_it_is_named(store):
    row = picked(store, "H002")
    twice = [{"need": row.pk, **SIGNED}] * 2
    first, second = supplies.deliver_needs(rows=twice, by=store.actor(COMMUNITY_A), at=at(2))
    assert isinstance(first, Delivery)
    assert isinstance(second, NotFound)
    with pytest.raises(Refused):
        supplies.deliver_need(need=row.pk, **SIGNED, by=store.actor(COMMUNITY_A), at=at(3))
    with pytest.raises(InputFault, match="SHA-256"):
        supplies.deliver_need(
            need=picked(store, "H003").pk, proof_kind=Proof.PHOTO, proof="IMG_001.jpg", by=store.actor(COMMUNITY_A), at=at(3)
        )


def test_short_stock_is_the_superiors_and_a_substitute_needs_who_agreed(store):
    row = pantry.need(store, "H001", grams=30_000)
    with pytest.raises(CapacityFull, match="20000 of 30000"):
        supplies.pick_need(code=row.pk, by=store.actor(STREET_1), at=at(1))
    assert Batch.objects.get().there == 20_000, "nothing of a refused pick stays"
    supplies.report_short(code=row.pk, note="面粉也可以", by=store.actor(COMMUNITY_A), at=at(1))
    owed = Duty.objects.get(kind="supplies.short_answered")
    assert (owed.owner_id, owed.due_at) == (STREET_1, at(3))
    supplies.list_good(
        unit=STREET_1,
        name="面粉",
        kind=GoodKind.FOOD,
        measure=Measure.GRAM,
        usual=5_000,
        code="FLOUR",
        by=store.actor(CITY),
        at=at(),
    )
    with pytest.raises(InputFault, match="agreed"):
        supplies.substitute_good(code=row.pk, good="FLOUR", quantity=5_000, agreed=" ", by=store.actor(STREET_1), at=at(1))
    supplies.substitute_good(code=row.pk, good="FLOUR", quantity=5_000, agreed="本人", by=store.actor(STREET_1), at=at(1))
    pantry.stock(store, 8_000, good="FLOUR", code="F1")
    supplies.pick_need(code=row.pk, by=store.actor(STREET_1), at=at(2))
    assert Batch.objects.get(pk="F1").there == 3_000
    assert open_kinds() == ["supplies.need_met"]


def test_what_ends_first_goes_first_and_what_comes_back_lies_where_it_lay(store):
    supplies.take_in(
        unit=STREET_1,
        good="RICE",
        came=4_000,
        origin="捐赠",
        expires_on=date(2022, 10, 1),
        code="B0",
        by=store.actor(CITY),
        at=at(1),
    )
    row = picked(store, "H001")
    assert dict(Pick.objects.values_list("batch", "quantity")) == {"B0": 4_000, "B1": 1_000}
    supplies.put_back(code=row.pk, reason="无人应门", by=store.actor(STREET_1), at=at(3))
    assert dict(Batch.objects.values_list("code", "there")) == {"B0": 4_000, "B1": 20_000}
    assert stock.unequal() == []
    row.refresh_from_db()
    assert (row.state, open_kinds()) == (NeedState.ASKED, ["supplies.need_met"])


def test_a_batch_is_handed_out_to_who_waits_the_vulnerable_first(store):
    for minutes, home in enumerate(("H001", "H003", "H002", "H004")):
        pantry.need(store, home, grams=8_000, when=at(minutes=minutes))
    supplies.pick_for_waiting(code="B1", by=store.actor(STREET_1), at=at(1))
    assert list(Need.objects.filter(state=NeedState.PICKED).order_by("household_id").values_list("household_id", flat=True)) == ["H001", "H002"]  # fmt: skip
    batch = Batch.objects.get()
    assert (batch.came, batch.out, batch.there, batch.lost) == (20_000, 16_000, 4_000, 0)
    with pytest.raises(Refused, match="waits for more"):
        supplies.pick_for_waiting(code="B1", by=store.actor(STREET_1), at=at(1))


def test_a_purchase_is_owed_until_all_of_it_came_or_comes_no_more(store):
    by = store.actor(STREET_1)
    seller = supplies.list_supplier(unit=STREET_1, name="粮油公司", by=by, at=at())
    order = {"unit": STREET_1, "supplier": seller.pk, "good": "RICE", "quantity": 9_000, "expected_at": at(5)}
    row = supplies.order_goods(**order, by=by, at=at())
    assert (open_kinds(), Duty.objects.get(state="open").due_at) == (["supplies.purchase_arrived"], at(5))
    made = supplies.receive_purchase(code=row.pk, came=6_000, by=by, at=at(4))
    assert (made.there, open_kinds()) == (6_000, ["supplies.purchase_arrived"])
    supplies.receive_purchase(code=row.pk, came=3_000, by=by, at=at(6))
    assert (Purchase.objects.get().state, open_kinds()) == (PurchaseState.ARRIVED, [])
    other = supplies.order_goods(**order, by=by, at=at())
    supplies.cancel_purchase(code=other.pk, reason="供应商无货", by=by, at=at(6))
    assert open_kinds() == []
    with pytest.raises(InputFault, match="no supplier"):
        supplies.order_goods(**{**order, "supplier": "nobody"}, by=by, at=at())


def test_moved_and_lost_stock_adds_up_on_both_sides(store):
    by = store.actor(EAST)
    moved = supplies.move_stock(code="B1", to_unit=COMMUNITY_A, quantity=7_000, by=by, at=at(1))
    supplies.lose_stock(code="B1", quantity=500, reason="受潮", by=by, at=at(2))
    batch = Batch.objects.get(pk="B1")
    assert (batch.out, batch.lost, batch.there, moved.there, moved.parent_id) == (7_000, 500, 12_500, 7_000, "B1")
    for act in (
        lambda: supplies.move_stock(code="B1", to_unit=COMMUNITY_A, quantity=12_501, by=by, at=at(3)),
        lambda: supplies.lose_stock(code="B1", quantity=12_501, reason="x", by=by, at=at(3)),
    ):
        with pytest.raises(CapacityFull):
            act()
    assert stock.unequal() == []
    Batch.objects.filter(pk="B1").update(out=6_000, there=13_500)
    with pytest.raises(BulouError, match="1 batches; what B1"):
        doctor._stock()
    assert stock.unequal() == ["B1"], "the second sum finds what the table's own equation cannot"


@pytest.mark.parametrize("wrong", [{"there": 20_001}, {"there": -1, "out": 20_001}, {"lost": 1}, {"out": -1, "there": 20_001}])
def test_the_table_holds_the_equation_whoever_writes(store, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.update(**wrong)


def test_who_keeps_no_stock_picks_none_and_a_foreign_need_is_missing(store):
    row = pantry.need(store, "H001")
    with pytest.raises(CapacityFull, match="0 of 5000"):
        supplies.pick_need(
            code=row.pk, by=store.actor(COMMUNITY_A), at=at(1)
        )  # the street's store is not the community's to take from
    with pytest.raises(NotFound):
        supplies.pick_need(code=row.pk, by=store.actor(COMMUNITY_C), at=at(1))
    with pytest.raises(NotPermitted):
        supplies.pick_need(code=row.pk, by=store.actor(STREET_1, role=Role.AUDITOR), at=at(1))
    with pytest.raises(InputFault, match="in no catalogue"):
        pantry.need(store, "H001", good="GOLD")


def test_an_entitlement_asks_by_itself_once_a_day_however_often_the_worker_looks(store):
    row = supplies.keep_entitlement(
        unit=COMMUNITY_A, place_code=pantry.DOOR.format(2), household_id="H002", good="RICE", quantity=2_000, every_days=3,
        since_on=at().date(), by=store.actor(COMMUNITY_A), at=at(),
    )  # fmt: skip
    asked = [supplies.ask_standing(by=SYSTEM, at=at(hours)) for hours in (0, 1, 24, 63, 64, 73, 96)]
    assert asked == [1, 0, 0, 0, 1, 0, 0]
    assert set(Need.objects.values_list("how", "vulnerable", "standing")) == {(Way.STANDING, True, row.pk)}
    supplies.end_entitlement(code=row.pk, until_on=at(96).date(), by=store.actor(COMMUNITY_A), at=at(97))
    assert supplies.ask_standing(by=SYSTEM, at=at(24 * 30)) == 0


def _listed(city, count, *, unit=COMMUNITY_A, when=None):
    rows = [
        {"unit": unit, "place_code": f"{unit}-0001", "household_id": f"L{number}", "good": "RICE", "quantity": 1_000, "how": Way.LIST}
        for number in range(count)
    ]  # fmt: skip
    return supplies.ask_needs(rows=rows, by=city.actor(CITY), at=when or at())


def test_a_list_is_one_duty_of_the_unit_due_by_its_earliest_row_and_done_with_its_last(store):
    _listed(store, 3)
    _listed(store, 3, when=at(5))
    duty = Duty.objects.get(state="open")
    assert (duty.kind, duty.owner_id, duty.about, duty.due_at) == (
        "supplies.listed_met",
        COMMUNITY_A,
        f"needs:{COMMUNITY_A}",
        at(24),
    )
    early = list(Need.objects.filter(asked_at=at()))
    supplies.pick_for_waiting(code="B1", by=store.actor(STREET_1), at=at(6))
    supplies.deliver_needs(rows=[{"need": one.pk, **SIGNED} for one in early], by=store.actor(COMMUNITY_A), at=at(7))
    supplies.tend_lists(by=SYSTEM, at=at(7))
    duty.refresh_from_db()
    assert (duty.state, duty.due_at) == ("open", at(29)), "what came first is done: the clock is the second list's"
    rest = Need.objects.filter(state=NeedState.PICKED)
    supplies.deliver_needs(rows=[{"need": one.pk, **SIGNED} for one in rest], by=store.actor(COMMUNITY_A), at=at(8))
    supplies.tend_lists(by=SYSTEM, at=at(8))
    assert open_kinds() == []


def test_asking_and_delivering_take_as_many_statements_for_many_as_for_few(store):
    def cost(count):
        with CaptureQueriesContext(connection) as asked:
            _listed(store, count)
        Need.objects.filter(state=NeedState.ASKED).update(state=NeedState.PICKED)
        rows = [{"need": pk, **SIGNED} for pk in Need.objects.filter(state=NeedState.PICKED).values_list("pk", flat=True)]
        with CaptureQueriesContext(connection) as brought:
            supplies.deliver_needs(rows=rows, by=store.actor(CITY), at=at(1))
        return len(asked), len(brought)

    cost(1)  # the unit's duty is opened
    few, many = cost(3), cost(300)
    assert many[0] <= few[0] + 12, (few, many)
    assert many[1] <= few[1] + 12, (few, many)


def _write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def test_a_file_of_needs_and_of_deliveries_answers_row_by_row(store, tmp_path):
    header = ["code", "unit", "place_code", "household_id", "good", "quantity", "how", "first"]
    rows = [
        ["N1", COMMUNITY_A, f"{COMMUNITY_A}-0001", "H001", "RICE", "5000", "list", ""],
        ["N2", COMMUNITY_A, f"{COMMUNITY_A}-0001", "H002", "RICE", "5000", "list", ""],
        ["N3", COMMUNITY_A, f"{COMMUNITY_A}-0001", "H003", "GOLD", "5000", "list", ""],
        ["N4", "nobody", f"{COMMUNITY_A}-0001", "H003", "RICE", "5000", "list", ""],
        ["N5", COMMUNITY_A, f"{COMMUNITY_A}-0001", "H003", "RICE", "half", "list", ""],
        ["N6", COMMUNITY_B, "there", "H003", "RICE", "1", "list", "yes"],
        ["N7", COMMUNITY_B, COMMUNITY_B, "H003", "RICE", "1", "list", "yes"],
    ]  # fmt: skip
    path, by, rejects = _write(tmp_path / "needs.csv", header, rows), store.actor(CITY), tmp_path / "rejects.csv"
    counts = import_file(kind="needs", path=path, by=by, at=at(), rejects=rejects)
    assert counts.as_json() == {"rows_in": 7, "created": 3, "updated": 0, "unchanged": 0, "rejected": 4}
    with rejects.open(encoding="utf-8") as text:
        assert [(row["code"], row["column"]) for row in csv.DictReader(text)] == [
            ("N3", "good"), ("N4", "unit"), ("N5", "quantity"), ("N6", "place_code"),
        ]  # fmt: skip
    assert dict(Need.objects.values_list("code", "vulnerable")) == {"N1": False, "N2": True, "N7": True}
    again = import_file(kind="needs", path=path, by=by, at=at(1))
    assert (again.created, again.unchanged, again.rejected) == (0, 3, 4)
    supplies.pick_for_waiting(code="B1", by=store.actor(STREET_1), at=at(2))
    said = [["D1", "N1", "signature", "王", ""], ["D2", "N9", "signature", "王", ""], ["D3", "N7", "signature", "王", ""]]
    brought = import_file(
        kind="deliveries",
        path=_write(tmp_path / "d.csv", ["code", "need", "proof_kind", "proof", "ahead"], said),
        by=by,
        at=at(3),
    )
    assert (brought.created, brought.rejected) == (1, 2), "N2 of the same building still waits, N9 is nobody's"
    assert list(Delivery.objects.values_list("need", "delivered_at")) == [("N7", at(3))]
    assert Need.objects.get(pk="N7").ended_at == at() + timedelta(hours=3)
