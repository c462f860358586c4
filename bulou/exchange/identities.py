"""Identity numbers of a whole file judged by set: the rules of ``people.rules`` as columns beside the staged ones.

``people.rules.problem_of`` says the same for one person; a test draws numbers at random and holds the two together. Each
layer of columns is computed once from the layer below it: as one expression the check character alone would be unfolded
thousands of times.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from bulou.people import rules
from bulou.people.choices import IdentityKind
from bulou.tables.relation import literal

KIND, NUMBER, BIRTH, PROBLEM = "doc_kind", "doc_number", "doc_birth", "doc_problem"
_SCRATCH = ("doc_plain", "doc_tidied", "doc_given", "doc_old", "doc_digits", "doc_body", "doc_check", "doc_formed", "doc_born")
# A workbook's date cell comes with its midnight.
_DAY = r"CASE WHEN length({0}) > 10 THEN regexp_replace({0}, '^(\d{{4}}-\d{{2}}-\d{{2}})[T ]00:00:00.*$', '\1') ELSE {0} END"


def day(name: str) -> str:
    """The expression for a column of days as ISO text."""
    return _DAY.format(name)


def layers(columns: frozenset[str], *, today: date) -> list[str]:
    """Select lists, each over the one before: ``doc_kind, doc_number, doc_birth, doc_problem`` come out (NULL: no problem)."""
    given_kind = "identity_kind" if "identity_kind" in columns else "''"
    given_birth = day("birth_on") if "birth_on" in columns else "''"
    guardian = "guardian_id" if "guardian_id" in columns else "''"
    if "identity_number" not in columns:
        return []
    wide, narrow = literal(rules.WIDE_LETTERS + rules.BLANKS), literal(rules.NARROW_LETTERS)
    weighed = " + ".join(
        f"(doc_body // {10 ** (16 - place)}::BIGINT) % 10 * {weight}" for place, weight in enumerate(rules.WEIGHTS)
    )
    old = "doc_old AND doc_kind = 'resident_id'"
    return [
        f"*, regexp_full_match(identity_number, '{rules.NUMBER}') AS doc_plain, {given_birth} AS doc_given",
        (
            f"*, CASE WHEN doc_plain THEN identity_number ELSE upper(translate(identity_number, {wide}, {narrow})) END "
            "AS doc_tidied"  # nearly every number is written as it is kept: the rest pay for being tidied
        ),
        (
            f"*, CASE WHEN {given_kind} <> '' THEN {given_kind} WHEN doc_tidied = '' THEN {literal(IdentityKind.NONE)} "
            f"ELSE {literal(IdentityKind.RESIDENT_ID)} END AS doc_kind, "
            f"length(doc_tidied) = 15 AND regexp_full_match(doc_tidied, '{rules.OLD_NUMBER}') AS doc_old"
        ),
        (
            f"*, CASE WHEN {old} THEN left(doc_tidied, 6) || '19' || substr(doc_tidied, 7) "
            "ELSE left(doc_tidied, 17) END AS doc_digits"
        ),
        "*, TRY_CAST(doc_digits AS BIGINT) AS doc_body",
        f"*, substr({literal(rules.CHECK_CHARACTERS)}, ({weighed}) % 11 + 1, 1) AS doc_check",
        f"*, CASE WHEN {old} THEN doc_digits || doc_check ELSE doc_tidied END AS doc_number",
        (
            f"*, doc_plain OR regexp_full_match(doc_number, '{rules.NUMBER}') AS doc_formed, "
            "TRY_CAST(substr(doc_number, 7, 4) || '-' || substr(doc_number, 11, 2) || '-' || substr(doc_number, 13, 2) "
            "AS DATE) AS doc_born"
        ),
        (
            f"* EXCLUDE ({', '.join(_SCRATCH)}), CASE WHEN doc_given <> '' THEN doc_given "
            "WHEN doc_formed AND doc_kind IN ('resident_id', 'permit') "
            f"THEN coalesce(CAST(doc_born AS VARCHAR), '') ELSE '' END AS doc_birth, {_problem(guardian, today)} AS doc_problem"
        ),
    ]


def _list(words: Collection[str]) -> str:
    return ", ".join(literal(word) for word in sorted(words))


def _problem(guardian: str, today: date) -> str:
    def card(provinces: Collection[str]) -> str:
        earliest, latest = literal(rules.EARLIEST.isoformat()), literal(today.isoformat())
        return (
            "CASE WHEN doc_formed AND doc_check = right(doc_number, 1) THEN CASE "
            "WHEN doc_old AND right(doc_tidied, 3) >= '996' THEN 'century' "
            f"WHEN left(doc_number, 2) NOT IN ({_list(provinces)}) THEN 'division' "
            f"WHEN NOT coalesce(doc_born BETWEEN DATE {earliest} AND DATE {latest}, false) THEN 'birth' "
            "WHEN doc_given <> '' AND doc_given <> CAST(doc_born AS VARCHAR) THEN 'differs' END "
            "WHEN NOT doc_formed THEN "
            f"CASE WHEN regexp_full_match(doc_tidied, '{rules.MEASURE}') THEN 'measure' ELSE 'form' END "
            "WHEN ends_with(doc_number, '000') THEN 'rounded' ELSE 'check' END"
        )

    return (
        "CASE doc_kind "
        f"WHEN 'resident_id' THEN CASE WHEN doc_tidied = '' THEN 'missing' ELSE {card(rules.PROVINCES)} END "
        "WHEN 'none' THEN CASE WHEN doc_tidied <> '' THEN 'given' END "
        f"WHEN 'newborn' THEN CASE WHEN doc_tidied <> '' THEN 'given' WHEN {guardian} = '' THEN 'guardian' END "
        "WHEN 'passport' THEN CASE WHEN doc_tidied = '' THEN 'missing' "
        f"WHEN NOT regexp_full_match(doc_tidied, '{rules.PASSPORT}') THEN 'passport' END "
        "WHEN 'permit' THEN CASE WHEN doc_tidied = '' THEN 'missing' "
        f"WHEN doc_formed THEN {card(rules.PERMIT_PROVINCES)} "
        f"WHEN NOT regexp_full_match(doc_tidied, '{rules.TRAVEL_PERMIT}') THEN 'permit' END "
        "ELSE 'kind' END"
    )


def said(key: str = PROBLEM) -> str:
    """The expression that turns a problem's key into what the refused row says."""
    cases = " ".join(f"WHEN {literal(name)} THEN {literal(found.line)}" for name, found in rules.PROBLEMS.items())
    return f"CASE {key} {cases} END"


def column(key: str = PROBLEM) -> str:
    """The expression for the column that a problem is about."""
    cases = " ".join(f"WHEN {literal(name)} THEN {literal(about)}" for name, about in rules.COLUMNS.items())
    return f"CASE {key} {cases} ELSE 'identity_number' END"
