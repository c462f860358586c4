"""Every way in which a record can be changed is named, with the entry that it is about."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from bulou.kernel import clock
from bulou.ledger import actions as ledger
from bulou.ledger import erasing, rules, seals
from bulou.ledger.models import Entry, PersonalPayload, Seal
from bulou.ledger.tags import Tag
from tests import city as cities

pytestmark = pytest.mark.django_db


def _facts(count: int, **more):
    return [
        ledger.record(
            tag=Tag.POST_CREATED,
            subject=f"post:{number}",
            unit="9901",
            by=cities.SYSTEM,
            at=cities.at(),
            data={"n": number},
            **more,
        )
        for number in range(count)
    ]


def _unguarded(sql: str, *values):
    """Change rows as somebody with the database's password could: triggers off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(sql, values)
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger_%'")
        kept = cursor.fetchall()
        for name, _ in kept:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, values)
        for _, text in kept:
            cursor.execute(text)


def test_an_untouched_record_holds_and_says_what_is_not_sealed_yet():
    _facts(3)
    seals.seal(at=cities.at())
    with clock.frozen(cities.at(minutes=1)):
        _facts(2)
    found = seals.verify(at=cities.at(minutes=3))
    assert (found.entries, found.seals, found.unsealed, found.broken) == (5, 1, 2, None)
    assert found.oldest_unsealed_s == 120


def test_an_altered_entry_is_named():
    facts = _facts(4)
    seals.seal(at=cities.at())
    _unguarded("UPDATE ledger_entry SET data = %s WHERE id = %s", '{"n":99}', facts[2].pk)
    broken = seals.verify(at=cities.at()).broken
    assert broken.entry == facts[2].pk
    assert broken.why.startswith("altered")


def test_an_entry_rewritten_with_a_new_digest_is_named_too():
    facts = _facts(4)
    seals.seal(at=cities.at())
    _unguarded("UPDATE ledger_entry SET data = %s WHERE id = %s", '{"n":99}', facts[1].pk)
    row = Entry.objects.get(pk=facts[1].pk)
    _unguarded("UPDATE ledger_entry SET digest = %s WHERE id = %s", seals.recomputed(row), row.pk)
    assert seals.verify(at=cities.at()).broken.entry == facts[1].pk


def test_a_missing_entry_is_named():
    facts = _facts(3)
    seals.seal(at=cities.at())
    _unguarded("DELETE FROM ledger_entry WHERE id = %s", facts[0].pk)
    broken = seals.verify(at=cities.at()).broken
    assert (broken.entry, broken.why.split(":")[0]) == (facts[0].pk, "missing")


def test_a_foreign_entry_that_claims_a_seal_is_named():
    _facts(2)
    made = seals.seal(at=cities.at())
    late = _facts(1)[0]
    _unguarded("UPDATE ledger_entry SET seal_id = %s WHERE id = %s", made.number, late.pk)
    broken = seals.verify(at=cities.at()).broken
    assert (broken.entry, broken.why.split(":")[0]) == (late.pk, "foreign")


def test_a_reordered_seal_is_named():
    _facts(3)
    made = seals.seal(at=cities.at())
    leaves = made.leaves[::-1]
    import json

    _unguarded("UPDATE ledger_seal SET leaves = %s WHERE number = %s", json.dumps(leaves), made.number)
    broken = seals.verify(at=cities.at()).broken
    assert broken.why.startswith("reordered")
    assert broken.entry == leaves[1][0]  # the first that stands after a later one


def test_truncation_is_seen_against_an_older_seal():
    _facts(2)
    seals.seal(at=cities.at())
    _facts(2)
    anchor = seals.seal(at=cities.at(minutes=1)).digest
    assert seals.verify(at=cities.at(), anchor=anchor).broken is None
    _unguarded("DELETE FROM ledger_entry WHERE seal_id = %s", 2)
    _unguarded("DELETE FROM ledger_seal WHERE number = %s", 2)
    assert seals.verify(at=cities.at()).broken is None  # consistent in itself
    assert seals.verify(at=cities.at(), anchor=anchor).broken.why.startswith("truncated")


def test_a_rewritten_seal_breaks_the_chain():
    for _ in range(3):
        _facts(1)
        seals.seal(at=cities.at())
    _unguarded("UPDATE ledger_seal SET digest = %s WHERE number = %s", "a" * 64, 2)
    broken = seals.verify(at=cities.at()).broken
    assert broken.seal == 2


def test_personal_payloads_can_be_erased_and_not_altered():
    facts = _facts(3, personal={"name": "张三"})
    seals.seal(at=cities.at())
    assert erasing.erase(PersonalPayload.objects.filter(entry=facts[0]), rule="test", by=cities.SYSTEM, at=cities.at()) == 1
    assert seals.verify(at=cities.at()).broken is None
    _unguarded("UPDATE ledger_personalpayload SET body = %s WHERE entry_id = %s", '{"name":"李四"}', facts[1].pk)
    assert seals.verify(at=cities.at()).broken.entry == facts[1].pk


@pytest.mark.parametrize("sealed", [True, False])
def test_a_payload_altered_or_gone_without_a_rule_is_named_sealed_or_not(sealed):
    facts = _facts(3, personal={"name": "张三"})
    if sealed:
        seals.seal(at=cities.at())
    _unguarded("UPDATE ledger_personalpayload SET salt = %s WHERE entry_id = %s", "0" * 32, facts[1].pk)
    broken = seals.verify(at=cities.at()).broken
    assert (broken.entry, broken.why.split(":")[0]) == (facts[1].pk, "altered")
    _unguarded("DELETE FROM ledger_personalpayload WHERE entry_id = %s", facts[0].pk)
    broken = seals.verify(at=cities.at()).broken
    assert (broken.entry, broken.why.split(":")[0]) == (facts[0].pk, "missing")


def test_an_erasure_that_nobody_recorded_is_named():
    facts = _facts(3, personal={"name": "张三"})
    erasing.erase(PersonalPayload.objects.filter(entry=facts[0]), rule="test", by=cities.SYSTEM, at=cities.at())
    proof = Entry.objects.get(tag="ledger:personal:erased")
    assert ledger.content(proof)["count"] == 1
    _unguarded(
        "UPDATE ledger_personalpayload SET salt = '', body = '', erased_by_id = %s WHERE entry_id = %s", proof.pk, facts[2].pk
    )
    broken = seals.verify(at=cities.at()).broken
    assert (broken.entry, broken.why.split(":")[0]) == (proof.pk, "erased")


def test_what_is_due_is_erased_by_the_rule_of_its_tag_and_the_record_still_holds():
    _facts(3, personal={"name": "张三"})
    said = {"subject": "post:x", "unit": "9901", "by": cities.SYSTEM, "at": cities.at(), "personal": {"name": "李四"}}
    short = ledger.record_many([ledger.Draft(tag=Tag.STAFF_REGISTERED, **said)])[0]
    with clock.frozen(cities.at(2)):
        fresh = _facts(1, personal={"name": "王五"})[0]
    seals.seal(at=cities.at(2))
    kept = {Tag.STAFF_REGISTERED.value: timedelta(hours=1)}

    def due(hours):
        return erasing.erase_due(kept=kept, default=timedelta(hours=10), by=cities.SYSTEM, at=cities.at(hours))

    assert due(2) == 1
    assert PersonalPayload.objects.get(entry=short).body == ""
    assert due(2) == 0
    assert due(11) == 3
    assert PersonalPayload.objects.get(entry=fresh).body != ""
    assert not PersonalPayload.objects.filter(body__contains="张三").exists()
    assert seals.verify(at=cities.at(11)).broken is None
    seals.seal(at=cities.at(11))
    assert seals.verify(at=cities.at(11)).broken is None
    assert [ledger.content(entry)["count"] for entry in Entry.objects.filter(tag="ledger:personal:erased").order_by("id")] == [
        1,
        3,
    ]


def test_more_than_a_batch_is_erased_under_several_entries(monkeypatch):
    monkeypatch.setattr(erasing, "BATCH", 4)
    _facts(10, personal={"name": "张三"})
    assert erasing.erase_due(kept={}, default=timedelta(0), by=cities.SYSTEM, at=cities.at(1)) == 10
    assert Entry.objects.filter(tag="ledger:personal:erased").count() == 3
    assert seals.verify(at=cities.at(1)).broken is None


def test_a_late_commit_with_a_lower_id_is_sealed_later_and_nothing_is_lost():
    facts = _facts(3)
    _unguarded("UPDATE ledger_entry SET seal_id = NULL")
    held = Entry.objects.filter(pk=facts[0].pk)
    # As another transaction sees it: the first id is given out, and its row not committed yet.
    rows = list(Entry.objects.filter(pk__in=[facts[1].pk, facts[2].pk]).order_by("id").values_list("id", "digest"))
    root = rules.merkle_root([digest for _, digest in rows])
    digest = rules.seal_digest(number=1, previous=rules.NO_SEAL, root=root, count=2, sealed_at=cities.at())
    made = Seal.objects.create(
        number=1, previous=rules.NO_SEAL, root=root, digest=digest, count=2, sealed_at=cities.at(),
        leaves=[[pk, one[:16]] for pk, one in rows],
    )  # fmt: skip
    Entry.objects.filter(pk__in=[pk for pk, _ in rows]).update(seal=made)
    assert held.get().seal_id is None
    later = seals.seal(at=cities.at(minutes=1))
    assert [pk for pk, _ in later.leaves] == [facts[0].pk]
    assert seals.verify(at=cities.at()).broken is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET data = 'x'", "UPDATE ledger_entry SET seal_id = NULL", "UPDATE ledger_seal SET count = 9",
        "UPDATE ledger_personalpayload SET body = 'x'", "UPDATE ledger_personalpayload SET body = '', salt = ''",
    ],
)  # fmt: skip
def test_the_database_itself_refuses_to_change_the_record(sql):
    _facts(1, personal={"name": "张三"})
    seals.seal(at=cities.at())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_seal", "ledger_personalpayload"])
def test_no_statement_goes_round_the_triggers(table):
    """TRUNCATE on PostgreSQL and INSERT OR REPLACE on SQLite ask no trigger on deletion."""
    _facts(1, personal={"name": "张三"})
    seals.seal(at=cities.at())
    further = import_module("bulou.ledger.migrations.0004_guarded_further")
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # taken away for the whole test database by conftest, which empties it so: put back for this test
            name = further._NAMES[table]
            cursor.execute(f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION ledger_refuse()")
            statement = f"TRUNCATE {table} CASCADE"
        else:
            statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER {name}_no_truncate ON {table}")
    assert seals.verify(at=cities.at()).broken is None


def test_sealing_twice_seals_nothing_new():
    _facts(1)
    assert seals.seal(at=cities.at()) is not None
    assert seals.seal(at=cities.at() + timedelta(minutes=1)) is None
