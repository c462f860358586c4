"""``bulou trace`` on a packed directory beside hand-written DuckDB on Parquet sorted by place and start, and beside pandas.

Data are made by a seed: places by Zipf 0.8, seven days, stays of an hour on average, cases with a window of two days. Each
engine is a process of its own; its own seconds are taken warm (imports done, its files read once), in interleaved runs.
Every engine writes all contacts with their best overlap and source; counts and a digest of the contacts must agree. pandas
joins place by place and cannot hold the large size, so it is compared on a tenth.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PRESENCES, PEOPLE, CASES, RUNS = 20_000_000, 2_000_000, 200, 3
ASKED = {"DuckDB": 5, "pandas": 50}  # times quicker, at least

MAKE = """
import duckdb, sys, numpy as np, pyarrow as pa
n, people, cases, d = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
r = np.random.default_rng(20220920)
weight = np.arange(1, 60_001) ** -0.8
t = pa.table({"p": r.choice(60_000, n, p=weight / weight.sum()).astype(np.int32), "w": r.integers(0, people, n),
              "a": r.integers(0, 7 * 86_400, n), "s": np.minimum(60 + r.exponential(3_600, n).astype(np.int64), 43_200)})
k = pa.table({"w": r.choice(people, cases, replace=False), "f": r.integers(0, 5 * 86_400, cases)})
c = duckdb.connect(); c.execute("SET enable_progress_bar = false"); c.execute("SET threads = 2")
c.register("t", t); c.register("k", k)
c.execute("CREATE MACRO pid(i) AS '5201' || lpad(i::VARCHAR, 14, '0')"); c.execute("CREATE MACRO moment(s) AS to_timestamp(1663603200 + s)")
c.execute(f"COPY (SELECT pid(w) AS person_id, 'V' || lpad(p::VARCHAR, 6, '0') AS place_id, moment(a) AS arrived_at, moment(a + s) AS left_at "
          f"FROM t ORDER BY 2, 3) TO '{d}/presence.parquet' (FORMAT parquet)")
c.execute(f"COPY (SELECT pid(w) AS person_id, moment(f) AS infectious_from, moment(f + 172800) AS infectious_until FROM k) "
          f"TO '{d}/cases.parquet' (FORMAT parquet)")
print("{}", 0)
"""

PACK = """
import sys, json
from pathlib import Path
from bulou.matching.presence.pack import pack
d = Path(sys.argv[1])
made = pack(files=[d / "presence.parquet"], to=d / "packed")
print(json.dumps({"bytes": made.bytes}), made.elapsed_s)
"""

FINISH = """
import duckdb
def finish(path, rings, seconds):
    duckdb.execute("SET enable_progress_bar = false")
    digest = duckdb.execute(f"SELECT sum(hash(person_id, ring::INT, source_person_id, place_id, epoch_us(exposed_from), "
                            f"epoch_us(exposed_until)))::VARCHAR FROM read_parquet('{path}')").fetchall()[0][0]
    print(json.dumps({"rings": rings, "digest": digest, "peak": PEAK}), seconds)
"""

OURS = (
    "import sys, json, resource\n"
    + FINISH
    + """
from pathlib import Path
from bulou.matching.presence import from_packed as asked
import pyarrow.parquet
d = Path(sys.argv[1])
touched = []
search = asked.search
def counted(*a, **k):
    rings = search(*a, **k); touched.append(sum(one.touched for one in rings)); return rings
asked.search = counted
asked.trace_packed(presence=d / "packed", cases=d / "cases.parquet", rings=1, out=d / "ours")
touched.clear()
found = asked.trace_packed(presence=d / "packed", cases=d / "cases.parquet", rings=int(sys.argv[2]), out=d / "ours")
PEAK = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
sys.stderr.write(f"{touched[0]}\\n")
finish(d / "ours" / "contacts.parquet", list(found.rings), found.elapsed_s)
"""
)

HAND = (
    "import sys, json, resource, time\n"
    + FINISH
    + """
d, rings = sys.argv[1], int(sys.argv[2])
c = duckdb.connect(); c.execute("SET threads = 2"); c.execute("SET enable_progress_bar = false")
c.execute(f"SELECT max(person_id), max(place_id), epoch_us(max(arrived_at)), epoch_us(max(left_at)) FROM read_parquet('{d}/presence.parquet')").fetchall()
t = time.perf_counter()
H = 3_600_000_000
P = f"(SELECT person_id AS p, place_id AS v, epoch_us(arrived_at) AS a, epoch_us(left_at) AS l FROM read_parquet('{d}/presence.parquet'))"
c.execute(f"CREATE TABLE src AS SELECT person_id AS p, epoch_us(infectious_from) AS f, epoch_us(infectious_until) AS u "
          f"FROM read_parquet('{d}/cases.parquet')")
c.execute("CREATE TABLE done AS SELECT DISTINCT p FROM src")
c.execute("CREATE TABLE out (p VARCHAR, ring INT, q VARCHAR, v VARCHAR, s BIGINT, e BIGINT)")
M, counts = 900_000_000, []
for ring in range(1, rings + 1):
    c.execute(f"CREATE OR REPLACE TABLE clip AS SELECT p AS q, v, greatest(a, f) AS c, least(l, u) AS d FROM {P} JOIN src USING (p) "
              f"WHERE least(l, u) - greatest(a, f) >= {M}")
    c.execute(f"CREATE OR REPLACE TABLE pair AS SELECT x.p, q, v, greatest(a, c) AS s, least(l, d) AS e FROM "
              f"(SELECT *, unnest(range(a // {H}, (l - 1) // {H} + 1)) AS h FROM {P} WHERE l - a >= {M} AND p NOT IN (SELECT p FROM done)) x "
              f"JOIN (SELECT *, unnest(range(c // {H}, (d - 1) // {H} + 1)) AS h FROM clip) y USING (v, h) "
              f"WHERE least(l, d) - greatest(a, c) >= {M} AND greatest(a, c) // {H} = h")
    c.execute("CREATE OR REPLACE TABLE longest AS SELECT p, max(e - s) AS n FROM pair GROUP BY p")
    c.execute(f"INSERT INTO out SELECT p, {ring}, b.q, b.v, b.s, b.s + n FROM (SELECT p, n, min({{'s': s, 'q': q, 'v': v}}) AS b "
              f"FROM pair JOIN longest USING (p) WHERE e - s = n GROUP BY p, n)")
    counts.append(c.execute("SELECT count(*) FROM longest").fetchall()[0][0])
    if ring < rings:
        c.execute("CREATE OR REPLACE TABLE src AS SELECT p, min({'s': s, 'e': e}).e AS f, 9000000000000000000 AS u FROM pair GROUP BY p")
        c.execute("INSERT INTO done SELECT p FROM longest")
c.execute(f"COPY (SELECT p AS person_id, ring, q AS source_person_id, v AS place_id, make_timestamptz(s) AS exposed_from, "
          f"make_timestamptz(e) AS exposed_until, (e - s) / 1e6 / 60 AS minutes FROM out ORDER BY p) TO '{d}/hand.parquet' (FORMAT parquet)")
seconds = round(time.perf_counter() - t, 3)
PEAK = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
finish(f"{d}/hand.parquet", counts, seconds)
"""
)

PANDAS = (
    "import sys, json, resource, time, pandas as pd, pyarrow.parquet\n"
    + FINISH
    + """
d, rings = sys.argv[1], int(sys.argv[2])
t = time.perf_counter()
every = pd.read_parquet(f"{d}/presence.parquet"); src = pd.read_parquet(f"{d}/cases.parquet")
src.columns = ["q", "f", "u"]
done, out, counts, M = set(src.q), [], [], pd.Timedelta(minutes=15)
for ring in range(1, rings + 1):
    clip = every.merge(src, left_on="person_id", right_on="q")
    clip["c"] = clip[["arrived_at", "f"]].max(axis=1); clip["d"] = clip[["left_at", "u"]].min(axis=1)
    clip = clip.loc[clip.d - clip.c >= M, ["q", "place_id", "c", "d"]]
    other = every[~every.person_id.isin(done) & every.place_id.isin(clip.place_id) & (every.left_at - every.arrived_at >= M)]
    there, parts = dict(tuple(other.groupby("place_id"))), []
    for place, mine in clip.groupby("place_id"):
        if place not in there: continue
        pair = there[place].merge(mine[["q", "c", "d"]], how="cross")
        pair = pair[(pair.c < pair.left_at) & (pair.d > pair.arrived_at)]
        pair["s"] = pair.arrived_at.where(pair.arrived_at > pair.c, pair.c); pair["e"] = pair.left_at.where(pair.left_at < pair.d, pair.d)
        parts.append(pair.loc[pair.e - pair.s >= M, ["person_id", "q", "place_id", "s", "e"]])
    pair = pd.concat(parts); pair["n"] = pair.e - pair.s; pair["ring"] = ring
    best = pair.sort_values(["person_id", "n", "s", "q", "place_id"], ascending=[True, False, True, True, True]).drop_duplicates("person_id")
    first = pair.sort_values(["person_id", "s", "e"]).drop_duplicates("person_id")
    src = pd.DataFrame({"q": first.person_id, "f": first.e, "u": pd.Timestamp("2100-01-01", tz="UTC")})
    done |= set(best.person_id); out.append(best); counts.append(len(best))
table = pd.concat(out).rename(columns={"q": "source_person_id", "s": "exposed_from", "e": "exposed_until"}).sort_values("person_id")
table.to_parquet(f"{d}/pandas.parquet")
seconds = round(time.perf_counter() - t, 3)
PEAK = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
finish(f"{d}/pandas.parquet", counts, seconds)
"""
)


# What one row costs to look at: where it begins and ends on the line, and whose it is.
ROW_BYTES = 8 + 8 + 4

BANDWIDTH = """
import numpy as np, threading, time
half = np.ones(64_000_000); other = np.ones(64_000_000)
def read():
    both = [threading.Thread(target=a.sum) for a in (half, other)]
    [t.start() for t in both]; [t.join() for t in both]
read(); t = time.perf_counter(); read(); read(); seconds = time.perf_counter() - t
print("{}", 4 * half.nbytes / seconds / 1e9)
"""

FEW = """
import duckdb, sys
d, n = sys.argv[1], int(sys.argv[2]); duckdb.execute("SET enable_progress_bar = false")
duckdb.execute(f"COPY (SELECT * FROM read_parquet('{d}/cases.parquet') ORDER BY hash(person_id) LIMIT {n}) TO '{d}/few/cases.parquet' (FORMAT parquet)")
print("{}", 0)
"""


def growth(folder: str) -> None:
    """One ring around 1, 10 and 100 cases: seconds grow with the rows that the cases touch, not with what is stored."""
    few = Path(folder, "few")
    few.mkdir()
    (few / "packed").symlink_to(Path(folder, "packed"))
    _, bandwidth, _ = run(BANDWIDTH)
    for cases in (1, 10, 100):
        run(FEW, folder, str(cases))
        found, seconds, said = run(OURS, str(few), "1")
        rows = int(said.strip().splitlines()[-1])
        command = [str(Path(sys.executable).with_name("bulou")), "trace", "--presence", str(few / "packed")]
        started = time.perf_counter()
        subprocess.run([*command, "--cases", str(few / "cases.parquet"), "--json"], check=True, capture_output=True)
        whole = time.perf_counter() - started
        share = rows * ROW_BYTES / seconds / 1e9 / bandwidth
        print(
            f"  {cases:3} cases, 1 ring  {seconds:7.3f} s  whole process {whole:5.2f} s  {rows:11,} rows touched  "
            f"{rows / seconds / 1e6:6.1f} million/s, {share:.1%} of the {bandwidth:.1f} GB/s that two cores read  peak {found['peak']:,} MB"
        )


def run(code: str, *arguments: str) -> tuple[dict[str, object], float, str]:
    """One engine as a process: what it found, its own seconds, what it said beside."""
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found, seconds = done.stdout.strip().rsplit(" ", 1)
    return json.loads(found), float(seconds), done.stderr


def same(one: dict[str, object], other: dict[str, object]) -> None:
    """Both found the same contacts, with the same overlaps and sources."""
    assert (one["rings"], one["digest"]) == (other["rings"], other["digest"]), (one, other)


def beside_pandas(tenth: int, rings: str, runs: int) -> list[str]:
    """Pandas on what it can hold; returns whom we did not leave far enough behind."""
    with tempfile.TemporaryDirectory(prefix="bulou-bench-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        run(MAKE, str(tenth), str(max(10, tenth // 10)), str(CASES // 10), folder)
        run(PACK, folder)
        pandas, pandas_s, _ = run(PANDAS, folder, rings)
        ours_s = []
        for _ in range(runs):
            ours, seconds, _ = run(OURS, folder, rings)
            same(ours, pandas)
            ours_s.append(seconds)
        print(f"trace, {tenth:,} presences, {CASES // 10} cases, rings {ours['rings']}")
        print(f"  bulou, packed           {statistics.median(ours_s):8.2f} s")
        ratio = pandas_s / statistics.median(ours_s)
        print(f"  pandas                  {pandas_s:8.2f} s   ratio {ratio:.0f}")
    return [] if ratio >= ASKED["pandas"] else ["pandas"]


def main() -> None:
    """Make the data, pack, time the interleaved runs, then pandas on a tenth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--presences", type=int, default=PRESENCES)
    parser.add_argument("--rings", type=int, default=2)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--no-pandas", action="store_true")
    parser.add_argument("--alone", action="store_true", help="without DuckDB, which cannot hold 100,000,000")
    given, _ = parser.parse_known_args()
    rings = str(given.rings)
    short: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bulou-bench-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        run(MAKE, str(given.presences), str(max(10, given.presences // 10)), str(CASES), folder)
        packed, pack_s, _ = run(PACK, folder)
        ours_s, hand_s, touched, peaks = [], [], 0, (0, 0)
        for _ in range(given.runs):
            ours, seconds, said = run(OURS, folder, rings)
            touched = int(said.strip().splitlines()[-1])
            ours_s.append(seconds)
            peaks = (ours["peak"], 0)
            if given.alone:
                continue
            hand, other, _ = run(HAND, folder, rings)
            same(ours, hand)
            hand_s.append(other)
            peaks = (ours["peak"], hand["peak"])
        median = statistics.median(ours_s)
        ratios = [other / one for one, other in zip(ours_s, hand_s, strict=not given.alone)]
        print(f"trace, {given.presences:,} presences, {CASES} cases, rings {ours['rings']}, load {os.getloadavg()[0]:.1f}")
        source = Path(folder, "presence.parquet").stat().st_size
        print(f"  packed in {pack_s:.1f} s, {packed['bytes'] / 1e6:,.0f} MB (Parquet {source / 1e6:,.0f} MB)")
        print(
            f"  bulou, packed           {median:8.2f} s   {touched / median / 1e6:6.1f} million rows touched/s   peak {peaks[0]:,} MB"
        )
        if ratios:
            print(f"  hand-written DuckDB     {statistics.median(hand_s):8.2f} s   peak {peaks[1]:,} MB")
            print(f"  ratio median {statistics.median(ratios):.1f}  min {min(ratios):.1f}  max {max(ratios):.1f}")
            print(f"  packing has paid after {math.ceil(pack_s / (statistics.median(hand_s) - median))} searches")
            short = [] if statistics.median(ratios) >= ASKED["DuckDB"] else ["DuckDB"]
        growth(folder)
    if not given.no_pandas:
        short += beside_pandas(given.presences // 10, rings, given.runs)
    print(f"  {'NOT REACHED: ' + ', '.join(short) if short else 'reached'}  times quicker asked for: {ASKED}")
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
