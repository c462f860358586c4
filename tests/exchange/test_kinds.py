"""Every kind: what is exported is imported unchanged, what is bad is refused by name, and nobody sees a neighbour's."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.access.models import ReadLog
from bulou.duties.models import Duty
from bulou.exchange import exporting, importing
from bulou.exchange.exporting import export_file
from bulou.exchange.importing import import_file
from bulou.exchange.shelf import BOOKS
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, linking
from bulou.investigation.choices import Setting
from bulou.isolation.models import IsolationSite, Room
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotPermitted
from bulou.ledger.models import Entry
from bulou.rounds.models import Exemption, Laboratory, Site
from bulou.specimens.choices import Outcome
from bulou.specimens.models import LaboratoryResult, Tube, TubeMember
from bulou.transfer import actions as transfer
from bulou.transfer.choices import RiskClass, VehicleKind
from bulou.units.models import Unit
from tests import chain as chains
from tests import lodging as lodgings
from tests.city import CITY, COMMUNITY_C, COURIER, EAST, LAB_1, LAB_2, SITE_A, SITE_C, SITE_D, WEST, at

pytestmark = pytest.mark.django_db
BY_ROUND = {"roster", "exemptions"}
# Their rows are counted in tests/reporting and tests/supplies: a unit has as many figures as another; nobody is kept indoors here.
COUNTED = {"base_figures", "unreached"}
ELSEWHERE = BOOKS.keys()  # tests/books reads every book out and in again, tests/testing the self-tests


@pytest.fixture
def chain(city):
    """The east at work: a roster, an exemption, tubes, results of both laboratories, one for an unknown tube."""
    made = chains.running(city, residents=30)
    Exemption.objects.create(round_id="R1", person_id=made.people[0], reason="infant", granted_at=at(), granted_by="a test")
    tubes = [*made.tubes(2, when=at(1)), *made.tubes(1, when=at(1), site=SITE_C, first=30)]
    made.received(tubes[:2], when=at(2))
    made.report(tubes[0], Outcome.NEGATIVE, when=at(3))
    made.report(tubes[1], Outcome.POSITIVE, when=at(3))
    made.report("NOBODYS", Outcome.NEGATIVE, when=at(3), lab=LAB_2)
    chased(city, made.people)
    fleet(city)
    lodgings.opened(city)
    return made


def fleet(city):
    """A coach and a driver of the east, with a shift each."""
    say = {"by": city.actor(CITY), "at": at(0)}
    transfer.register_vehicle(
        vehicle_id="C1", unit=COURIER, kind=VehicleKind.COACH, seats=40, risk_class=RiskClass.CONTACT, x=1.5, y=-0.25,
        features=("wheelchair",), **say,
    )  # fmt: skip
    transfer.plan_vehicle_shift(vehicle_id="C1", from_at=at(0), until_at=at(9.5), **say)
    transfer.register_driver(driver_id="D1", unit=COURIER, **say)
    transfer.plan_driver_shift(driver_id="D1", from_at=at(0), until_at=at(9), hours=7.5, **say)


def chased(city, people):
    """Two cases of the east that are linked, a close contact and one behind it."""
    say = {"by": city.actor(EAST), "at": at(4)}
    first, second = (
        investigation.open_case(
            person_id=person, place_code=COMMUNITY_C, tube_id="", sampled_at=at(1), detected_at=at(2), **say
        )
        for person in people[-2:]
    )
    linking.link_cases(infector=first.pk, case=second.pk, setting=Setting.CLASS, note="学校", **say)
    met = {"case": first.pk, "setting": Setting.VENUE, "from_at": at(0), "until_at": at(1), **say}
    close = contacts.list_contact(person_id=people[-3], place="市场", minutes=16, **met)
    contacts.list_contact(person_id=people[-4], through=close.pk, **met)


def send(city, kind, path, *, unit=CITY, role=None, **more):
    counts = import_file(kind=kind, path=path, by=city.actor(unit, role=role), at=at(5), **more)
    assert counts.rows_in == counts.created + counts.updated + counts.unchanged + counts.rejected
    return counts


def file(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text.strip() + "\n", encoding="utf-8")
    return path


def refused(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8-sig") as text:
        return [(row["row"], row["column"]) for row in csv.DictReader(text)]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet", ".xlsx"])
@pytest.mark.parametrize("kind", sorted(exporting.KINDS.keys() & importing.KINDS.keys() - ELSEWHERE))
def test_ones_own_export_changes_nothing(chain, tmp_path, kind, ending):
    city = chain.city
    path = tmp_path / f"{kind}{ending}"
    code = "R1" if kind in BY_ROUND else ""
    done = export_file(kind=kind, target=path, by=city.actor(CITY), at=at(4), round_code=code)
    assert done.rows > 0
    before = list(Entry.objects.filter(tag="exchange:file:imported"))
    facts = [model.objects.count() for model in (Unit, Site, Laboratory, Tube, TubeMember, LaboratoryResult, Duty)]
    counts = send(city, kind, path, round_code=code)
    assert (counts.rows_in, counts.unchanged) == (done.rows, done.rows)
    assert facts == [model.objects.count() for model in (Unit, Site, Laboratory, Tube, TubeMember, LaboratoryResult, Duty)]
    assert Entry.objects.filter(tag="exchange:file:imported").count() == len(before) + 1


@pytest.mark.parametrize("kind", sorted(exporting.KINDS.keys() - ELSEWHERE))
def test_an_export_is_noted_and_holds_nothing_of_a_neighbour(chain, tmp_path, kind):
    code = "R1" if kind in BY_ROUND else ""
    path = tmp_path / "out.csv"
    done = export_file(kind=kind, target=path, by=chain.city.actor(EAST), at=at(4), round_code=code)
    assert done.sha256 in str(Entry.objects.get(tag="exchange:file:exported").data)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == done.sha256
    logged = list(ReadLog.objects.filter(purpose="export").values_list("count", flat=True))
    assert logged == ([done.rows] if exporting.KINDS[kind].personal else [])
    far = tmp_path / "far.csv"
    west = export_file(kind=kind, target=far, by=chain.city.actor(WEST), at=at(4), round_code=code)
    assert EAST not in far.read_text(encoding="utf-8")
    if kind not in COUNTED:
        assert kind == "units" or done.rows > 0
        assert west.rows < done.rows


def test_exports_that_are_refused(chain, tmp_path):
    path, by = tmp_path / "out.csv", chain.city.actor(CITY)
    with pytest.raises(InputFault, match="one round"):
        export_file(kind="roster", target=path, by=by, at=at(4))
    with pytest.raises(InputFault, match="no round"):
        export_file(kind="roster", target=path, by=by, at=at(4), round_code="R9")
    with pytest.raises(InputFault, match="of no round"):
        export_file(kind="units", target=path, by=by, at=at(4), round_code="R1")
    with pytest.raises(InputFault, match="no kind"):
        export_file(kind="secrets", target=path, by=by, at=at(4))
    with pytest.raises(NotPermitted):
        export_file(kind="residents", target=path, by=chain.city.actor(CITY, role=Role.AUDITOR), at=at(4))
    assert not path.exists()
    assert not Entry.objects.filter(tag="exchange:file:exported").exists()


def test_an_export_that_cannot_be_noted_gives_nothing(chain, tmp_path, monkeypatch):
    def broken(**_):
        raise RuntimeError

    monkeypatch.setattr(exporting, "log_read", broken)
    with pytest.raises(RuntimeError):
        export_file(kind="residents", target=tmp_path / "out.csv", by=chain.city.actor(CITY), at=at(4))
    assert not list(tmp_path.iterdir())
    assert not Entry.objects.filter(tag="exchange:file:exported").exists()


def test_units_are_entered_superiors_first_and_bad_ones_refused(city, tmp_path):
    rejects = tmp_path / "rejects.csv"
    path = file(tmp_path, f"""
unit_code,name,kind
{CITY}:lab007:team001,送样组,transport_team
{CITY}:lab007,七所,laboratory
{CITY}:lab008:team001,无上级,transport_team
{EAST},别名,district
nonsense,x,city
{CITY}:lab009,九所,castle
{CITY}:lab010,,laboratory
88,别省,province""")  # fmt: skip
    counts = send(city, "units", path, rejects=rejects)
    assert (counts.created, counts.rejected) == (2, 6)
    assert Unit.objects.get(pk=f"{CITY}:lab007:team001").parent_id == f"{CITY}:lab007"
    assert [column for _, column in refused(rejects)] == ["unit_code", "name", "unit_code", "kind", "name", ""]
    assert Duty.objects.filter(kind="import.reviewed").count() == 1


def test_sites_and_laboratories_are_planned_and_conflicts_refused(chain, tmp_path):
    city, rejects = chain.city, tmp_path / "rejects.csv"
    path = file(tmp_path, f"""
site_id,opens_at,closes_at,samplers,laboratory_id
{SITE_D},2022-09-20T10:00:00,2022-09-20T18:00:00,2,{LAB_1}
{SITE_A},2022-09-20T10:00:00,2022-09-20T18:00:00,2,{LAB_1}
{COMMUNITY_C},2022-09-20T18:00:00,2022-09-20T10:00:00,2,
{WEST},2022-09-20T10:00:00,later,2,
{EAST},2022-09-20T10:00:00,2022-09-20T18:00:00,many,""")  # fmt: skip
    counts = send(city, "sites", path, round_code="R1", rejects=rejects)
    assert (counts.created, counts.rejected) == (1, 4)
    assert Site.objects.get(unit=SITE_D).laboratory_id == LAB_1
    assert Site.objects.get(unit=SITE_D).opens_at == at(2)  # 10:00 in the city
    assert refused(rejects) == [("3", "opens_at"), ("4", "closes_at"), ("5", "closes_at"), ("6", "samplers")]
    counts = send(city, "laboratories", file(tmp_path, f"laboratory_id,tubes_per_hour\n{LAB_1},7\n{SITE_A},5\n{LAB_2},100"))
    assert (counts.unchanged, counts.rejected) == (1, 2)


def test_a_tube_again_is_unchanged_and_with_other_content_names_what_differs(chain, tmp_path):
    city, rejects = chain.city, tmp_path / "rejects.csv"
    one, two, three = chain.people[20:23]
    text = f"""
tube_id,person_id,collected_at,site_id
N1,{one},2022-09-20T09:00:00,{SITE_A}
N1,{two},2022-09-20T09:00:00,{SITE_A}
N1,{two},2022-09-20T09:00:00,{SITE_A}
N2,{three},2022-09-20T09:00:00,{SITE_A}"""
    counts = send(city, "specimens", file(tmp_path, text))
    assert (counts.created, counts.unchanged) == (3, 1)
    assert sorted(TubeMember.objects.filter(tube="N1").values_list("person_id", flat=True)) == [one, two]
    counts = send(city, "specimens", file(tmp_path, text))
    assert (counts.created, counts.unchanged) == (0, 4)
    other = file(tmp_path, text.replace(f"N2,{three}", f"N2,{one}") + f"\nN3,{one},2022-09-20T09:00:00,{SITE_D}")
    counts = send(city, "specimens", other, rejects=rejects)
    assert (counts.unchanged, counts.rejected) == (3, 2)
    assert "people (1 of 1 are not in it" in rejects.read_text(encoding="utf-8")


def test_a_tube_with_one_bad_row_is_refused_whole(chain, tmp_path):
    path = file(tmp_path, f"""
tube_id,person_id,collected_at,site_id
N1,P1,2022-09-20T09:00:00,{SITE_A}
N1,P1,2022-09-20T09:30:00,{SITE_A}
N1,P2,2022-09-20T09:00:00,{SITE_A}
N2,P3,2022-09-20T09:00:00,{SITE_A}
N2,,2022-09-20T09:00:00,{SITE_A}
N2,,2022-09-20T09:00:00,{SITE_A}
N3,P4,2022-09-20T09:00:00,{SITE_A}
N3,P5,2022-09-20T09:10:00,{SITE_A}
N4,P6,2099-09-20T09:00:00,{SITE_A}""")  # fmt: skip
    counts = send(chain.city, "specimens", path)
    assert (counts.created, counts.rejected) == (0, 9)
    assert not Tube.objects.filter(pk__startswith="N").exists()


def test_a_laboratory_imports_its_results_and_an_unknown_tube_opens_a_duty(chain, tmp_path):
    city, rejects = chain.city, tmp_path / "rejects.csv"
    text = """
tube_id,outcome,tested_at,reported_at,run_id
T00003,negative,2022-09-20T11:30:00,2022-09-20T11:40:00,RUN-9
UNKNOWN,negative,2022-09-20T11:30:00,2022-09-20T11:40:00,RUN-9
T00001,fine,2022-09-20T11:30:00,2022-09-20T11:40:00,RUN-9"""
    counts = send(city, "results", file(tmp_path, text), unit=LAB_1, rejects=rejects)
    assert (counts.created, counts.rejected) == (2, 1)
    assert Tube.objects.get(pk="T00003").outcome == "negative"
    assert Duty.objects.filter(kind="result.matched", label__startswith="UNKNOWN", state="open").count() == 1
    assert refused(rejects) == [("4", "outcome")]
    counts = send(city, "results", file(tmp_path, text.replace("RUN-9", "RUN-8")), unit=LAB_1)
    assert (counts.created, counts.unchanged, counts.rejected) == (0, 0, 3)
    counts = send(city, "results", file(tmp_path, text.replace("11:40", "11:45")))
    assert (counts.created, counts.rejected) == (0, 3)  # a leader signs no result


@pytest.mark.parametrize("kind", ["units", "sites", "laboratories", "specimens"])
def test_whoever_may_not_write_a_kind_imports_nothing_of_it(chain, tmp_path, kind):
    path = tmp_path / "rows.csv"
    export_file(kind=kind, target=path, by=chain.city.actor(CITY), at=at(4))
    role = Role.OPERATOR if kind in {"sites", "specimens"} else Role.COURIER
    with pytest.raises(NotPermitted):
        send(chain.city, kind, path, role=role)


def test_a_cell_that_no_database_holds_refuses_its_row_alone(city, tmp_path):
    path = file(tmp_path, f"unit_code,name,kind\n{CITY}:lab007,七\0所,laboratory\n{CITY}:lab008,八所,laboratory")
    counts = send(city, "units", path)
    assert (counts.created, counts.rejected) == (1, 1)


def test_instants_of_another_age_are_refused(chain, tmp_path):
    rows = "\n".join(f"N1,P1,{when},{SITE_A}" for when in ("0001-01-01", "9999-12-31T23:59:59-12:00"))
    assert send(chain.city, "specimens", file(tmp_path, f"tube_id,person_id,collected_at,site_id\n{rows}")).rejected == 2


def test_instants_of_a_foreign_parquet_are_read(chain, tmp_path):
    path = tmp_path / "rows.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'N1' AS tube_id, 'P1' AS person_id, TIMESTAMP '2022-09-20 09:00:00' AS collected_at, "
            f"'{SITE_A}' AS site_id) TO '{path}' (FORMAT parquet)"
        )
    assert send(chain.city, "specimens", path).created == 1
    assert Tube.objects.get(pk="N1").collected_at == at(1)  # without offset: the city's zone


def test_a_dry_run_changes_nothing_and_counts_the_same(chain, tmp_path):
    path = file(tmp_path, f"tube_id,person_id,collected_at,site_id\nN1,P1,2022-09-20T09:00:00,{SITE_A}\nN2,P1,x,{SITE_A}")
    dry = send(chain.city, "specimens", path, dry_run=True)
    assert not Tube.objects.filter(pk="N1").exists()
    assert dry == send(chain.city, "specimens", path)


_row = st.tuples(
    st.sampled_from(["T00001", "N1", "N2", ""]),
    st.sampled_from(["P1", "P2", "", "=1"]),
    st.sampled_from(["2022-09-20T09:00:00", "2022-09-20T01:00:00Z", "never"]),
    st.sampled_from([SITE_A, SITE_C, SITE_D]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(_row, min_size=1, max_size=12))
def test_the_counts_add_up_whatever_comes_and_a_tube_is_taken_whole_or_not(chain, tmp_path, rows):
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("tube_id", "person_id", "collected_at", "site_id"), *rows])
    counts = send(chain.city, "specimens", path)
    again = send(chain.city, "specimens", path)
    assert counts.rows_in == len(rows)
    assert (again.created, again.rejected) == (0, counts.rejected)
    assert all(tube.people == tube.members.count() for tube in Tube.objects.all())


def test_rooms_go_in_as_a_set_and_what_people_lie_in_is_not_changed_under_them(city, tmp_path):
    lodging = lodgings.opened(city)
    (who,) = lodgings.people(1)
    lodging.reserve(who, "iso001-101")
    site = lodgings.SITE
    rejects = tmp_path / "rejects.csv"
    path = file(tmp_path, f"""
room_id,site_id,class,beds,features,from,until,floor,air,shared
NEW,{site},case,40,wheelchair;dialysis,2022-09-20T08:00:00+08:00,,3,shaft B,yes
iso001-101,{site},case,1,,,,,,
iso001-102,{site},contact,2,,,,2,,no
iso001-103,{site},,0,,,,,,
iso001-104,990101001002:iso001,,1,,,,,,
LATE,{site},contact,1,,2022-09-21,2022-09-20,,,
ODD,{site},zebra,1,,,,,,
""")  # fmt: skip
    counts = send(city, "rooms", path, rejects=rejects)
    assert (counts.created, counts.updated, counts.rejected) == (1, 1, 5)
    assert refused(rejects) == [("3", ""), ("5", "beds"), ("6", ""), ("7", "until"), ("8", "class")]
    new = Room.objects.get(pk="NEW")
    assert (new.beds, new.shared, new.offered, new.features, new.air) == (40, True, True, "dialysis;wheelchair", "shaft B")
    assert Room.objects.get(pk="iso001-101").risk_class == "", "somebody holds a bed there"


def test_a_file_proposes_sites_and_opens_none(city, tmp_path):
    lodgings.manager_of(city, lodgings.SITE, "晨光酒店")
    rejects = tmp_path / "rejects.csv"
    path = file(tmp_path, f"""
site_id,wanted_by,name,x,y
{lodgings.SITE},2022-09-21T08:00:00+08:00,晨光酒店,3.5,4
{COMMUNITY_C},2022-09-21T08:00:00+08:00,,,
{EAST}:iso009,soon,,1,
""")  # fmt: skip
    counts = send(city, "isolation_sites", path, rejects=rejects)
    assert (counts.created, counts.rejected) == (1, 2)
    site = IsolationSite.objects.get()
    assert (site.state, site.x, site.parties) == ("candidate", 3.5, 0)
    assert Duty.objects.get(kind="isolation.site_ready").owner_id == EAST
