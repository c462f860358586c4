"""Tracing against an oracle of the contract's words: windows, rings, ties, touching; each engine gives the same contacts."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bulou.matching.presence import line, search
from bulou.matching.presence import pack as pack_module
from bulou.matching.presence.pack import pack
from bulou.matching.presence.trace import trace
from tests.matching import presence_cases as drawn

MINUTE = drawn.MINUTE


def _check(folder, presences, cases, min_minutes, rings):
    want = drawn.oracle(presences, cases, min_minutes, rings)
    files = {
        "presence": drawn.write_presences(folder / "presence.csv", presences),
        "cases": drawn.write_cases(folder / "cases.csv", cases),
    }
    pack(files=[files["presence"]], to=folder / "packed")
    for presence in (files["presence"], folder / "packed"):
        asked = {"presence": presence, "cases": files["cases"], "min_minutes": min_minutes, "rings": rings}
        found = trace(**asked, out=folder / "out").as_json()
        assert drawn.read_contacts(folder / "out") == want
        sizes = {f"ring{ring}": sum(one[0] == ring for one in want.values()) for ring in range(1, rings + 1)}
        for counts in (found, trace(**asked).as_json()):
            counts.pop("elapsed_s")
            assert counts == {"cases": len({row[0] for row in cases}), **sizes}


@settings(max_examples=60, deadline=None)
@given(presences=drawn.presences, cases=drawn.cases, minutes=drawn.minutes, rings=st.integers(1, 4))
@example(  # touching is no overlap, also where no minutes are asked for
    presences=[("A", "X", 0, 60), ("B", "X", 60, 120), ("C", "X", 59, 61)], cases=[("A", 0, 100)], minutes=0, rings=2
)
@example(  # two windows that touch are two: neither overlap alone is long enough
    presences=[("A", "X", 0, 20 * MINUTE), ("B", "X", 0, 20 * MINUTE)],
    cases=[("A", 0, 10 * MINUTE), ("A", 10 * MINUTE, 20 * MINUTE)],
    minutes=15,
    rings=1,
)
@example(  # the second ring counts from the end of the earliest overlap, not of the longest
    presences=[
        ("A", "X", 0, 5 * MINUTE), ("B", "X", 0, 5 * MINUTE), ("A", "Y", 10 * MINUTE, 60 * MINUTE),
        ("B", "Y", 10 * MINUTE, 60 * MINUTE), ("C", "Z", 6 * MINUTE, 9 * MINUTE), ("B", "Z", 4 * MINUTE, 8 * MINUTE),
    ],
    cases=[("A", 0, 100 * MINUTE)],
    minutes=1,
    rings=2,
)  # fmt: skip
def test_every_contact_equals_the_oracle(tmp_path_factory, presences, cases, minutes, rings):
    _check(tmp_path_factory.mktemp("trace"), presences, cases, minutes, rings)


@pytest.mark.skipif(not drawn.INVS15.exists(), reason="the InVS15 contacts stand beside the project, not in it")
@pytest.mark.parametrize("rings", [1, 2])
@pytest.mark.parametrize("minutes", [1, 5, 15])
def test_an_office_of_232_people_is_traced_as_the_oracle_traces_it(tmp_path, minutes, rings):
    presences = drawn.invs15()
    people = sorted({row[0] for row in presences})
    cases = [(person, 0, 10**13) for person in people[:3]] + [(people[5], 0, 2 * 10**11)]
    _check(tmp_path, presences, cases, minutes, rings)


@settings(max_examples=60, deadline=None)
@given(
    presences=drawn.presences, cases=drawn.cases, minutes=drawn.minutes, rings=st.integers(1, 4),
    dense=st.sampled_from([0, 10**9]), block=st.integers(1, 5), pairs=st.integers(1, 5),
)  # fmt: skip
def test_neither_the_way_of_walking_nor_the_size_of_a_block_changes_a_contact(
    tmp_path_factory, presences, cases, minutes, rings, dense, block, pairs
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_DENSE", dense)
        patch.setattr(search, "_BLOCK", block)
        patch.setattr(line, "_PAIRS", pairs)
        patch.setattr(pack_module, "_BATCH", block)
        _check(tmp_path_factory.mktemp("trace"), presences, cases, minutes, rings)
