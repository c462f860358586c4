"""The packs' situations: for each the due instant, the owner, and who is told when nobody acts, as the pack's author wrote them."""

from __future__ import annotations

import tomllib
from datetime import UTC

import pytest

from bulou.duties import rules
from bulou.duties.opening import Owed, owner_of
from bulou.policy import load_pack, pack_names
from bulou.policy.load import CASES_SUFFIX, PACKS

KEYS = {"says", "duty", "place", "owners", "facts", "opened", "issuer", "due", "owner", "told"}
FOUND = [
    (path, number, one)
    for path in sorted(PACKS.glob(f"*/*/*{CASES_SUFFIX}"))
    for number, one in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["case"])
]


@pytest.mark.parametrize(
    ("path", "number", "case"), FOUND, ids=[f"{path.parts[-3]}-{one['duty']}-{n}" for path, n, one in FOUND]
)
def test_a_situation_is_due_owned_and_told_as_its_pack_says(path, number, case):
    assert set(case) <= KEYS, f"{path.name} case {number}: unknown {set(case) - KEYS}"
    pack = load_pack(path.parts[-3], path.parts[-2])
    rule = pack.duty(case["duty"])
    given = {name: instant.astimezone(UTC) for name, instant in case.get("facts", {}).items()}
    opened = case.get("opened", min(given.values(), default=None))
    assert opened is not None, "a situation has an instant at which the duty is opened"
    facts = {"opened_at": opened.astimezone(UTC), **given}
    owed = Owed(
        kind=case["duty"], about="x:1", label="x", place_code=case["place"], owners=case.get("owners", {}), facts=facts,
        issuer=case.get("issuer", ""),
    )  # fmt: skip
    owner, due_at = owner_of(rule, owed), rule.due_at(facts)
    assert (owner, due_at) == (case["owner"], case["due"].astimezone(UTC)), case["says"]
    ladder = rules.steps(
        due_at=due_at, escalate=((s.key, s.offset, s.to.value) for s in rule.escalate), opened_at=facts["opened_at"]
    )
    told = [(step.due_at, rules.recipient(to=step.to, owner=owner, issuer=owed.issuer)) for step in ladder]
    assert told == [(when.astimezone(UTC), unit) for when, unit in case["told"]], case["says"]


def test_every_pack_has_situations_and_each_says_what_it_is():
    assert {path.parts[-3] for path, _, _ in FOUND} == set(pack_names())
    assert all(case["says"].endswith(".") for _, _, case in FOUND)
