"""Digests depend on every part, and Merkle roots on every leaf and its place."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bulou.ledger import rules

digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
AT = datetime(2022, 9, 20, tzinfo=UTC)


@given(leaves=st.lists(digests, min_size=1, max_size=40, unique=True), data=st.data())
def test_a_changed_leaf_changes_the_root(leaves, data):
    place = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(digests.filter(lambda one: one != leaves[place]))
    assert rules.merkle_root(leaves) != rules.merkle_root([*leaves[:place], other, *leaves[place + 1 :]])


@given(leaves=st.lists(digests, min_size=2, max_size=20, unique=True))
def test_two_leaves_that_change_places_change_the_root(leaves):
    assert rules.merkle_root(leaves) != rules.merkle_root([leaves[1], leaves[0], *leaves[2:]])


@given(first=st.text(), second=st.text())
def test_no_part_runs_into_the_next(first, second):
    def digest(tag, subject):
        return rules.entry_digest(
            tag=tag, subject=subject, unit="", actor="", happened_at=AT, recorded_at=AT, data="", commitment=""
        )

    if first:
        assert digest(first, second) != digest(first[:-1], first[-1] + second)
