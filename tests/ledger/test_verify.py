"""Every way in which a record can be changed is named, with the entry that it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from bulou.kernel import clock
from bulou.ledger import actions as ledger
from bulou.ledger import rules, seals
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
    assert seals.verify(at=cities.at()).broken.why.startswith("reordered")


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
    facts = _facts(2, personal={"name": "张三"})
    seals.seal(at=cities.at())
    PersonalPayload.objects.filter(entry=facts[0]).delete()
    assert seals.verify(at=cities.at()).broken is None
    _unguarded("UPDATE ledger_personalpayload SET body = %s WHERE entry_id = %s", '{"name":"李四"}', facts[1].pk)
    assert seals.verify(at=cities.at()).broken.entry == facts[1].pk


def test_a_late_commit_with_a_lower_id_is_sealed_later_and_nothing_is_lost():
    facts = _facts(3)
    _unguarded("UPDATE ledger_entry SET seal_id = NULL")
    held = Entry.objects.filter(pk=facts[0].pk)
    # As another transaction sees it: the first id is given out, and its row not committed yet.
    rows = list(Entry.objects.filter(pk__in=[facts[1].pk, facts[2].pk]).values_list("id", "digest"))
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
    ["UPDATE ledger_entry SET data = 'x'", "UPDATE ledger_entry SET seal_id = NULL", "UPDATE ledger_seal SET count = 9"],
)
def test_the_database_itself_refuses_to_change_the_record(sql):
    _facts(1)
    seals.seal(at=cities.at())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_sealing_twice_seals_nothing_new():
    _facts(1)
    assert seals.seal(at=cities.at()) is not None
    assert seals.seal(at=cities.at() + timedelta(minutes=1)) is None
