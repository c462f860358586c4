"""Packs are read strictly, say where a fault is, keep old clocks, and prove that no disease is compiled in."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bulou.kernel.errors import PolicyFault
from bulou.policy import load_pack, pack_in_force, pack_names
from bulou.policy.load import PACKS, read_pack
from bulou.policy.model import Due, Term

ROOT = Path(__file__).resolve().parent.parent.parent
AT = datetime(2022, 9, 20, tzinfo=UTC)
GOOD = """
[[duty]]
kind = "x.y"
line = "D1"
says = "Do it."
says_zh = "办。"
owner = "community"
starts = "a:b:c"
due = { from = "opened_at", plus = "PT1H" }
source = "nowhere"
status = "operational"
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "1"
    made.mkdir()
    (made / "pack.toml").write_text(
        '[pack]\nname = "t"\nversion = "1"\ntitle_en = "t"\ntitle_zh = "t"\ndisease = "t"\nvalid_from = 2022-01-01\n'
    )
    return made


@pytest.mark.parametrize(
    ("text", "row", "says"),
    [
        (GOOD + "urgency = 3\n", 12, "unknown key 'urgency'"),
        (GOOD.replace('source = "nowhere"\n', ""), 3, "'source' is missing"),
        (GOOD.replace('"nowhere"', '" "'), 10, "names its source"),
        (GOOD.replace('"community"', '"mayor"'), 7, "'mayor' is not one of"),
        (GOOD.replace("PT1H", "1 hour"), 9, "not a duration"),
        (GOOD.replace('{ from = "opened_at", plus = "PT1H" }', '{ rule = "soon" }'), 9, "no due rule"),
        (GOOD + 'escalate = [{ after = "PT0M", to = "king" }]\n', 12, "'king' is not one of"),
        (GOOD + 'escalate = [{ after = "PT0M", to = "owner" }, { after = "PT0M", to = "owner" }]\n', 12, "stands twice"),
        (GOOD + "restricts = true\n", 12, "legal basis and an end"),
        (GOOD + GOOD, 3, "stands twice"),
        ("[[duty]\n", 1, "not TOML"),
    ],
)
def test_a_fault_names_the_file_and_the_line(folder, text, row, says):
    (folder / "duties.toml").write_text(text)
    with pytest.raises(PolicyFault, match=says) as fault:
        read_pack(folder)
    assert (fault.value.file, fault.value.row) == ("duties.toml", row)


def test_every_installed_pack_is_valid_and_every_number_has_a_source():
    assert pack_names() == ["guiyang-2022", "measles-who"]
    for name in pack_names():
        pack = load_pack(name)
        assert pack.duties
        assert all(one.source.strip() for one in [*pack.duties.values(), *pack.numbers.values()])


@pytest.mark.parametrize(
    ("pack", "kind", "facts", "hours"),
    [
        ("guiyang-2022", "specimen.delivered", {"sealed_at": 1, "oldest_collected_at": 0}, 4),
        ("measles-who", "specimen.delivered", {"sealed_at": 1, "oldest_collected_at": 0}, 5 * 24),
        ("guiyang-2022", "case.chased", {"opened_at": 0}, 4),
        ("measles-who", "case.chased", {"opened_at": 0}, 48),
        ("guiyang-2022", "specimen.tested", {"received_at": 0}, 6),
        ("measles-who", "specimen.tested", {"received_at": 0}, 4 * 24),
        ("guiyang-2022", "handover.decided", {"opened_at": 0}, 0.25),
    ],
)
def test_a_situation_falls_due_when_its_pack_says(pack, kind, facts, hours):
    given = {name: AT + timedelta(hours=hour) for name, hour in facts.items()}
    assert load_pack(pack).duty(kind).due_at(given) == AT + timedelta(hours=hours)


def test_a_day_is_frozen_half_an_hour_after_it_ends():
    due = load_pack("guiyang-2022").duty("report.frozen").due_at({"day_starts_at": AT})
    assert due == datetime(2022, 9, 20, 16, 30, tzinfo=UTC)


def test_a_missing_fact_is_named():
    with pytest.raises(PolicyFault, match="oldest_collected_at"):
        load_pack("guiyang-2022").duty("specimen.delivered").due_at({"sealed_at": AT})


def test_the_earliest_of_several_terms_counts():
    due = Due(terms=(Term("a", timedelta(hours=4)), Term("b", timedelta(hours=1))))
    assert due.at({"a": AT, "b": AT + timedelta(hours=9)}, kind="x") == AT + timedelta(hours=4)


def test_versions_lie_side_by_side_and_an_open_duty_keeps_its_own(tmp_path, monkeypatch):
    from bulou.policy import load

    shutil.copytree(PACKS, tmp_path / "packs")
    older = tmp_path / "packs" / "guiyang-2022" / "2022-09-01"
    newer = tmp_path / "packs" / "guiyang-2022" / "2022-09-25"
    shutil.copytree(older, newer)
    for path in newer.glob("*.toml"):
        text = path.read_text()
        text = text.replace('version = "2022-09-01"', 'version = "2022-09-25"').replace("2022-06-28\n", "2022-09-25\n", 1)
        path.write_text(text.replace('"oldest_collected_at", plus = "PT4H"', '"oldest_collected_at", plus = "PT2H"'))
    monkeypatch.setattr(load, "PACKS", tmp_path / "packs")
    for cached in (load.versions, load.load_pack, load.pack_in_force):
        cached.cache_clear()
    try:
        facts = {"sealed_at": AT, "oldest_collected_at": AT}
        assert pack_in_force("guiyang-2022", date(2022, 9, 24)).version == "2022-09-01"
        assert pack_in_force("guiyang-2022", date(2022, 9, 26)).duty("specimen.delivered").due_at(facts) == AT + timedelta(
            hours=2
        )
        assert load_pack("guiyang-2022", "2022-09-01").duty("specimen.delivered").due_at(facts) == AT + timedelta(hours=4)
    finally:
        for cached in (load.versions, load.load_pack, load.pack_in_force):
            cached.cache_clear()


def test_the_generated_pages_are_as_the_packs_say():
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "docs.py"), "--check"], check=False, cwd=ROOT)
    assert done.returncode == 0, "run make docs"
