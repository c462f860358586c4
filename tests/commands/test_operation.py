"""Commands of operation on an embedded home: doctor, backup, restore, the drill's verdict."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from simulation.plan import Failure
from tests.played import bulou, played_city


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """A small synthetic city's played day."""
    return played_city(tmp_path_factory, "drill")


def test_every_seeded_failure_of_the_day_is_found_and_none_invented(drill):
    _, verdict = drill
    assert ({one["failure"] for one in verdict["found"]}, verdict["missed"], verdict["invented"]) == (set(Failure), [], [])


def test_the_released_are_taken_over_at_home_but_by_the_one_community_that_does_not_answer(drill):
    home, verdict = drill
    (seeded,) = [one["unit"] for one in verdict["found"] if one["failure"] == "G22"]
    owed = json.loads(bulou(home, "duties", "--overdue", "--as", "leader", "--json").stdout)["duties"]
    assert [one["kind"] for one in owed if one["kind"].startswith("followup.")] == ["followup.home_accepted"]
    with closing(sqlite3.connect(home / "bulou.sqlite3")) as city:
        stays = dict(city.execute("SELECT state, count(*) FROM isolation_stay WHERE admitted_at < '2022-09-18' GROUP BY 1"))
        assert stays == {"released": 6, "admitted": 2}
        homes = list(city.execute("SELECT state, accepted_unit, home_code FROM isolation_followup"))
        assert [(state, unit, code) for state, unit, code in homes if state != "monitoring"] == [("offered", "", seeded)]
        assert sum(state == "monitoring" and unit == code != seeded for state, unit, code in homes) == 5
        days = "SELECT count(*) FROM isolation_followupcheck WHERE day = 1 AND kind = 'health' AND found = 'well'"
        assert list(city.execute(days)) == [(2,)]
        early = "SELECT count(*) FROM isolation_stay WHERE risk_class = 'contact' AND ended_at < release_at"
        assert list(city.execute(early)) == [(0,)]
        untested = "SELECT count(*) FROM isolation_guesttest t JOIN isolation_stay s ON s.code = t.stay_id"
        assert list(city.execute(f"{untested} WHERE s.state = 'released' AND t.outcome = ''")) == [(0,)]
        late = "SELECT kind, owner_id FROM duties_duty WHERE due_at < '2022-09-23 20:00' AND closed_at > due_at"
        assert list(city.execute(late)) == [], "in the week before, nobody was late and nobody was told"


def test_the_played_city_passes_the_doctor_and_its_ledger_verifies(drill):
    home, _ = drill
    checked = bulou(home, "doctor", "--json")
    assert checked.returncode == 0, checked.stdout
    verified = bulou(home, "ledger", "verify", "--json")
    assert verified.returncode == 0
    assert json.loads(verified.stdout)["broken"] is None


def test_status_and_duties_answer_for_the_leader(drill):
    home, _ = drill
    page = json.loads(bulou(home, "status", "--as", "leader", "--json").stdout)
    figures = {one["name"]: one["value"] for one in page["figures"]}
    assert figures["roster"] == figures["tested"] + figures["exempt"] + figures["missing"]
    early = json.loads(bulou(home, "status", "--as", "leader", "--at", "2022-09-24T09:00", "--json").stdout)
    assert {one["name"]: one["value"] for one in early["figures"]}["tested"] < figures["tested"]
    owed = json.loads(bulou(home, "duties", "--overdue", "--as", "leader", "--json").stdout)
    assert owed["overdue"] == len(owed["duties"])
    assert bulou(home, "status", "--as", "nobody").returncode == 2


@pytest.mark.parametrize("kind", ["units", "residents", "sites", "laboratories", "specimens", "results"])
def test_the_played_city_takes_its_own_export_back_unchanged(drill, tmp_path, kind):
    home, _ = drill
    table = tmp_path / f"{kind}.parquet"
    given = bulou(home, "export", kind, "--out", table, "--as", "leader", "--json")
    assert given.returncode == 0, given.stderr
    rows = json.loads(given.stdout)["rows"]
    taken = bulou(home, "import", kind, table, "--as", "leader", "--json", "--rejects", tmp_path / "rejects.csv")
    assert taken.returncode == 0, (tmp_path / "rejects.csv").read_text(encoding="utf-8")[:400]
    assert json.loads(taken.stdout) == {"rows_in": rows, "created": 0, "updated": 0, "unchanged": rows, "rejected": 0}
    assert rows > 0


def test_an_export_goes_to_stdout_as_csv(drill):
    home, _ = drill
    given = bulou(home, "export", "laboratories", "--as", "leader")
    assert given.stdout.startswith("laboratory_id,tubes_per_hour\n")
    assert given.stderr.endswith(" rows\n")
    assert bulou(home, "export", "laboratories", "--as", "leader", "--json").returncode == 2
    assert bulou(home, "export", "nothing", "--as", "leader").returncode == 2


def test_a_backup_comes_back_the_same_and_never_over_a_living_database(drill, tmp_path):
    home, _ = drill
    copy = tmp_path / "copy.sqlite3"
    assert bulou(home, "backup", copy).returncode == 0
    assert bulou(home, "backup", copy).returncode == 2  # it is there already
    assert bulou(home, "restore", copy).returncode == 2  # there is a database already
    other = tmp_path / "home"
    other.mkdir()
    assert bulou(other, "restore", copy).returncode == 0
    assert json.loads(bulou(other, "ledger", "verify", "--json").stdout) | {"oldest_unsealed_s": 0} == json.loads(
        bulou(home, "ledger", "verify", "--json").stdout
    ) | {"oldest_unsealed_s": 0}


def test_the_report_of_an_unfrozen_day_says_provisional(drill):
    home, _ = drill
    said = bulou(home, "report", "daily", "--date", "2022-09-24", "--as", "leader", "--lang", "en")
    assert said.returncode == 0, said.stderr
    assert "Provisional" in said.stdout


def test_a_token_is_shown_once_and_can_be_revoked(drill):
    home, _ = drill
    made = bulou(home, "token", "create", "--user", "site", "--label", "scanner-1", "--json")
    assert json.loads(made.stdout)["token"].startswith("bl_")
    assert bulou(home, "token", "create", "--user", "nobody").returncode == 2
    assert bulou(home, "token", "revoke", "--user", "site").stdout == "1 revoked\n"
    assert "leader" in bulou(home, "user", "list").stdout
