"""Identity numbers: what holds, what is said of what does not, and the same verdict by set and one by one."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulou.exchange import identities
from bulou.kernel.errors import InputFault
from bulou.people import rules
from bulou.people.choices import FlagSource, IdentityKind
from simulation.plan import identity_number

TODAY = date(2022, 9, 20)
# A synthetic number: 99 is the code of no province.
BODY = "99010119491231002"
GOOD = BODY + rules.check_character(BODY)


def _problem(number: str, kind: str = "resident_id", birth_on: date | None = None) -> str:
    return rules.problem_of(kind, rules.tidied(number), birth_on=birth_on, today=TODAY)


def test_the_check_character_is_that_of_the_standard():
    # ISO 7064 MOD 11-2 by its definition: the weighted sum with the check character itself is 1 modulo 11.
    for body in ("11010519491231002", "44052418800101001", BODY):
        last = rules.check_character(body)
        value = 10 if last == "X" else int(last)
        powers = [2 ** (17 - place) for place in range(18)]
        digits = [*map(int, body), value]
        assert sum(digit * power for digit, power in zip(digits, powers, strict=True)) % 11 == 1
    assert rules.check_character("11010519491231002") == "X"  # the published example of GB 11643


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (GOOD, ""),
        (GOOD.lower().replace("9901", "99 01"), ""),
        ("9.90101E+17", "measure"),
        ("5.2E+17", "measure"),
        ("990101194912310020.0", "measure"),
        ("990101194912310000", "rounded"),
        (GOOD[:-1] + ("1" if GOOD[-1] != "1" else "2"), "check"),
        ("99010119491231", "form"),
        ("ABC", "form"),
        ("A" + GOOD[1:], "form"),
        (rules.modern("000101491231002"), "division"),
        (rules.modern("990101491331002"), "birth"),
        (rules.modern("990101490230002"), "birth"),
        ("990101491231998", "century"),
        ("", "missing"),
    ],
)
def test_each_fault_has_its_name(number, problem):
    assert _problem(number) == problem


def test_a_birth_date_after_today_or_other_than_the_given_one_is_refused():
    tomorrow = identity_number(born=TODAY + timedelta(days=1), order=7)
    assert _problem(tomorrow) == "birth"
    assert _problem(GOOD, birth_on=date(1949, 12, 31)) == ""
    assert _problem(GOOD, birth_on=date(1949, 12, 30)) == "differs"


def test_the_old_form_is_kept_as_the_new_one():
    old = BODY[:6] + BODY[8:]
    assert _problem(old) == ""
    kept = rules.identity(kind="resident_id", number=old, birth_on=None, guardian="", today=TODAY)
    assert (kept.number, kept.birth_on) == (GOOD, date(1949, 12, 31))


@pytest.mark.parametrize(
    ("kind", "number", "guardian", "problem"),
    [
        ("passport", "E12345678", "", ""), ("passport", "护照", "", "passport"), ("passport", "", "", "missing"),
        ("permit", "H1234567801", "", ""), ("permit", "12345678", "", ""), ("permit", "H12", "", "permit"),
        ("permit", rules.modern("810000491231002"), "", ""), ("permit", GOOD, "", ""), ("permit", rules.modern("110101491231002"), "", "division"),
        ("newborn", "", "P1", ""), ("newborn", "", "", "guardian"), ("newborn", GOOD, "P1", "given"),
        ("none", "", "", ""), ("none", GOOD, "", "given"), ("shoe", "", "", "kind"),
    ],
)  # fmt: skip
def test_people_without_a_resident_number_are_entered_by_what_they_have(kind, number, guardian, problem):
    if not problem:
        assert rules.identity(kind=kind, number=number, birth_on=None, guardian=guardian, today=TODAY).kind == kind
        return
    with pytest.raises(InputFault) as fault:
        rules.identity(kind=kind, number=number, birth_on=None, guardian=guardian, today=TODAY)
    assert fault.value.code == f"identity-{problem}"
    assert fault.value.remedy


_DIGITS = st.text("0123456789", min_size=15, max_size=17)
_BORN = st.dates(date(1870, 1, 1), date(2025, 1, 1))
_NUMBERS = st.one_of(
    st.builds(lambda born, order: identity_number(born=born, order=order), _BORN, st.integers(0, 999)),
    st.builds(lambda body: body.ljust(17, "0") + rules.check_character(body.ljust(17, "0")), _DIGITS),
    st.builds(lambda born, order: f"990101{born:%y%m%d}{order:03}", _BORN, st.integers(0, 999)),
    st.text("0123456789Xx.E+-  HM０９Ｘ", max_size=20),
    _DIGITS,
    st.just(""),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([*IdentityKind, "", "shoe"]), _NUMBERS, st.sampled_from(["", "P1"]), st.one_of(st.none(), _BORN)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_a_file_is_judged_like_one_person(rows):
    columns = frozenset({"identity_kind", "identity_number", "birth_on", "guardian_id"})
    with duckdb.connect() as engine:
        engine.execute(
            "CREATE TABLE f (n INT, identity_kind VARCHAR, identity_number VARCHAR, guardian_id VARCHAR, birth_on VARCHAR)"
        )
        engine.executemany(
            "INSERT INTO f VALUES (?, ?, ?, ?, ?)",
            [
                (n, kind, number, guardian, born.isoformat() if born else "")
                for n, (kind, number, guardian, born) in enumerate(rows)
            ],
        )
        base = "f"
        for layer in identities.layers(columns, today=TODAY):
            base = f"(SELECT {layer} FROM {base})"
        found = engine.execute(f"SELECT doc_problem, doc_kind, doc_number, doc_birth FROM {base} ORDER BY n").fetchall()
    for (kind, number, guardian, born), (problem, kept_kind, kept_number, kept_birth) in zip(rows, found, strict=True):
        assert _alone(kind, number, born, guardian) == (problem or (kept_kind, kept_number, kept_birth))


def _alone(kind, number, born, guardian):
    """The problem of one person's document, or the document as it is kept."""
    try:
        kept = rules.identity(kind=kind, number=number, birth_on=born, guardian=guardian, today=TODAY)
    except InputFault as fault:
        return fault.code.removeprefix("identity-")
    return kept.kind.value, kept.number, kept.birth_on.isoformat() if kept.birth_on else ""


def test_flags_by_age_turn_with_the_day_and_name_their_source():
    def flags(on: date, given: str = "") -> dict[str, str]:
        found = rules.flags(
            given=given, birth_on=date(1942, 9, 21), kind="none", number="", limits=rules.ages(on, aged_from=80, infant_under=3)
        )
        return {flag.need: flag.source for flag in found}

    assert flags(date(2022, 9, 20), "dialysis") == {"dialysis": FlagSource.GIVEN}
    assert flags(date(2022, 9, 21)) == {"aged_80": FlagSource.BIRTH_DATE}
    assert flags(date(1943, 1, 1)) == {"infant": FlagSource.BIRTH_DATE}
    number = identity_number(born=date(1942, 9, 21), order=1)
    limits = rules.ages(date(2022, 9, 21), aged_from=80, infant_under=3)
    (flag,) = rules.flags(given="", birth_on=date(1942, 9, 21), kind="resident_id", number=number, limits=limits)
    assert flag.source is FlagSource.IDENTITY_NUMBER


@pytest.mark.parametrize(("on", "born_by"), [(date(2024, 2, 29), date(1944, 2, 29)), (date(2023, 3, 1), date(1943, 3, 1))])
def test_the_day_so_many_years_before(on, born_by):
    assert rules.years_before(on, 80) == born_by
    assert rules.years_before(date(2024, 2, 29), 1) == date(2023, 2, 28)
