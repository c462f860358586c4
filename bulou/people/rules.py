"""Identity numbers and what a birth date says: pure.

Resident identity numbers follow GB 11643-1999: six digits of the division that issued it, eight of the birth date, three
of the order, and the check character of ISO 7064 MOD 11-2. The old form of 15 digits (valid until 2012) has no century
and no check character; it is taken and kept in its form of 18, so that one person has one number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bulou.kernel.errors import InputFault
from bulou.people.choices import FlagSource, IdentityKind, Vulnerability

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # 2^(18-place) mod 11
CHECK_CHARACTERS = "10X98765432"
# The first two digits of GB/T 2260, and 81-83 for the residence permits of Hong Kong, Macau and Taiwan. 99 is given to no
# province: drills and tests use it, so that no number of theirs can be anybody's.
PROVINCES = frozenset(
    f"{number:02}"
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (99, 99))
    for number in range(first, last + 1)
)
PERMIT_PROVINCES = frozenset({"81", "82", "83", "99"})
EARLIEST = date(1880, 1, 1)  # nobody alive was born before; operational
BLANKS = " \u3000\u00a0-"
WIDE_LETTERS = "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff38\uff58"  # full-width digits, X and x
NARROW_LETTERS = "0123456789XX"
WIDE = str.maketrans(WIDE_LETTERS, NARROW_LETTERS)
MOST = 32  # characters of the column

NUMBER = r"[0-9]{17}[0-9X]"
OLD_NUMBER = r"[0-9]{15}"
MEASURE = r"[0-9](\.[0-9]+)?E\+?[0-9]+|[0-9]+\.[0-9]+"  # 5.2E+17, 520102198001010000.0
PASSPORT = r"[A-Z0-9]{5,15}"
TRAVEL_PERMIT = r"[HM][0-9]{8}([0-9]{2})?|[0-9]{8}([0-9]{2})?|[A-Z]{3}[0-9]{12}"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a number, and what to do."""

    says: str
    remedy: str

    @property
    def line(self) -> str:
        """Both in one line, as a refused row carries it."""
        return f"{self.says}. {self.remedy}"


_ASK = "Compare it with the document."
PROBLEMS: Mapping[str, Problem] = {
    "measure": Problem(
        "the identity number was turned into a measure by a spreadsheet (5.2E+17): its last digits are lost",
        "Format the column as text where the number came from and export it again.",
    ),
    "rounded": Problem(
        "the identity number ends in 000 and its check character is wrong: a spreadsheet keeps 15 digits",
        "Format the column as text where the number came from and export it again.",
    ),
    "form": Problem(
        "the identity number is not 17 digits and a check character",
        "For a passport or permit give identity_kind; without any document leave the number blank and write none.",
    ),
    "division": Problem("the identity number begins with no province's code", _ASK),
    "birth": Problem("the identity number holds no possible birth date", _ASK),
    "check": Problem("the check character of the identity number is wrong: a digit is mistaken", _ASK),
    "century": Problem(
        "an identity number of 15 digits that ends in 996 to 999 is of somebody born before 1900", "Give all 18 characters."
    ),
    "differs": Problem("birth_on is not the birth date of the identity number", "One of the two is mistaken: ask."),
    "missing": Problem("this kind of document has a number", "Give it, or write none until the document was seen."),
    "given": Problem("this kind has no number", "Name the document's kind: resident_id, passport, permit."),
    "passport": Problem("not a passport number (5 to 15 letters and digits)", _ASK),
    "permit": Problem("neither a residence permit of 18 characters nor a travel permit's number", _ASK),
    "guardian": Problem("a newborn is entered with the person_id of who cares for it", "Fill guardian_id."),
    "kind": Problem("no such kind of document", f"Kinds: {', '.join(IdentityKind)}."),
}
COLUMNS = {"differs": "birth_on", "guardian": "guardian_id", "kind": "identity_kind"}  # the rest are about the number
WITHOUT_NUMBER = (IdentityKind.NEWBORN, IdentityKind.NONE)


def tidied(number: str) -> str:
    """A number as it is compared: wide digits made narrow, blanks and hyphens out, capital letters."""
    return "".join(letter for letter in number.translate(WIDE) if letter not in BLANKS).upper()


def check_character(body: str) -> str:
    """The eighteenth character of seventeen digits (ISO 7064 MOD 11-2)."""
    return CHECK_CHARACTERS[sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11]


def modern(number: str) -> str:
    """The form of 18 characters of an old number of 15 digits; the century was always the twentieth."""
    body = f"{number[:6]}19{number[6:]}"
    return body + check_character(body)


def kind_of(kind: str, number: str) -> str:
    """The kind of a document where none is named: none without a number, else a resident's identity card."""
    return kind or (IdentityKind.RESIDENT_ID if number else IdentityKind.NONE)


def birth_in(number: str) -> date | None:
    """The birth date that a number of 18 characters holds; None when it holds none."""
    if not re.fullmatch(NUMBER, number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def problem_of(kind: str, number: str, *, birth_on: date | None, today: date) -> str:
    """The key in ``PROBLEMS`` of what is wrong with a tidied number of a kind; empty when nothing is."""
    if kind not in set(IdentityKind):
        return "kind"
    if kind in WITHOUT_NUMBER:
        return "given" if number else ""
    if not number:
        return "missing"
    if kind == IdentityKind.PASSPORT:
        return "" if re.fullmatch(PASSPORT, number) else "passport"
    if kind == IdentityKind.PERMIT and not re.fullmatch(NUMBER, number):
        return "" if re.fullmatch(TRAVEL_PERMIT, number) else "permit"
    provinces = PERMIT_PROVINCES if kind == IdentityKind.PERMIT else PROVINCES
    return _card_problem(number, provinces=provinces, birth_on=birth_on, today=today)


def _card_problem(number: str, *, provinces: frozenset[str], birth_on: date | None, today: date) -> str:
    old = re.fullmatch(OLD_NUMBER, number) is not None
    held = modern(number) if old else number
    if re.fullmatch(NUMBER, held) is None:
        return "measure" if re.fullmatch(MEASURE, number) else "form"
    if check_character(held[:17]) != held[17]:
        return "rounded" if held.endswith("000") else "check"
    born = birth_in(held)
    wrong = {
        "century": old and number[12:] >= "996",
        "division": held[:2] not in provinces,
        "birth": born is None or not EARLIEST <= born <= today,
        "differs": birth_on is not None and birth_on != born,
    }
    return next((name for name, holds in wrong.items() if holds), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A document as it is kept, and the birth date that is known from it or beside it."""

    kind: IdentityKind
    number: str
    birth_on: date | None


def identity(*, kind: str, number: str, birth_on: date | None, guardian: str, today: date) -> Identity:
    """A document as it is kept; ``InputFault`` names the field and what to do."""
    number = tidied(number)
    kind = kind_of(kind, number)
    problem = problem_of(kind, number, birth_on=birth_on, today=today)
    if not problem and kind == IdentityKind.NEWBORN and not guardian:
        problem = "guardian"
    if problem:
        found = PROBLEMS[problem]
        column = COLUMNS.get(problem, "identity_number")
        raise InputFault(found.says, code=f"identity-{problem}", column=column, remedy=found.remedy)
    if kind == IdentityKind.RESIDENT_ID and len(number) == 15:  # noqa: PLR2004 - the old form
        number = modern(number)
    known = birth_in(number) if kind in {IdentityKind.RESIDENT_ID, IdentityKind.PERMIT} else None
    return Identity(kind=IdentityKind(kind), number=number, birth_on=birth_on or known)


def years_before(on: date, years: int) -> date:
    """The day so many years before; who was born on or before it has that age on ``on``."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return on.replace(year=on.year - years, day=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """The birth dates between which nobody is vulnerable by age alone, on one day."""

    aged_born_by: date
    infant_born_after: date


def ages(on: date, *, aged_from: int, infant_under: int) -> Ages:
    """The limits on a day, from the pack's ages in years."""
    return Ages(aged_born_by=years_before(on, aged_from), infant_born_after=years_before(on, infant_under))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Why somebody is seen to first, and whence that is known."""

    need: str
    source: FlagSource


def flags(*, given: str, birth_on: date | None, kind: str, number: str, limits: Ages) -> tuple[Flag, ...]:
    """All flags of a person on a day: what was entered, and what the birth date says, each with its source."""
    found = {need: FlagSource.GIVEN for need in given.split(";") if need}
    held = birth_in(number) if kind in {IdentityKind.RESIDENT_ID, IdentityKind.PERMIT} else None
    source = FlagSource.IDENTITY_NUMBER if held is not None and held == birth_on else FlagSource.BIRTH_DATE
    if birth_on is not None and birth_on <= limits.aged_born_by:
        found[Vulnerability.AGED_80] = source
    if birth_on is not None and birth_on > limits.infant_born_after:
        found[Vulnerability.INFANT] = source
    return tuple(Flag(need=need, source=where) for need, where in found.items())


def looks_like_a_number(text: str) -> bool:
    """Whether a public key is really somebody's identity number, so that a page masks it too."""
    return re.fullmatch(NUMBER, text) is not None and check_character(text[:17]) == text[17]


def masked(name: str, person_id: str) -> str:
    """Somebody in a duty's label, without the name in clear: the family name and the end of the public key."""
    end = person_id[-min(4, max(1, len(person_id) // 3)) :]
    return f"{name[0]}** …{end}" if name else f"…{end}"
