"""``bulou coverage`` beside hand-written DuckDB, Polars, pandas, SQLite and PostgreSQL: same ids, threads, outputs.

Data are made by a seed: text ids, pools of ten, 0.5 % of people in two tubes, 0.3 % of specimens not on the roster. The
counts are known by construction and checked on every engine. Whole processes are timed from outside, in interleaved pairs
with the hand-written query; memory is the child's peak.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PEOPLE, SPECIMENS = 6_000_000, 5_930_000
PAIRS = 7
ASKED = {"query": 1.05, "process": 1.25}  # most, of hand-written DuckDB

MAKE = """
import duckdb, sys
people, specimens, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
strange, double = specimens * 3 // 1000, people * 5 // 1000
known = specimens - strange - double
c = duckdb.connect(); c.execute("SET enable_progress_bar = false")
c.execute("CREATE MACRO pid(i) AS '5201' || lpad(((i * 48271 + 11) % 99999999977)::VARCHAR, 14, '0')")
c.execute(f"COPY (SELECT pid(i) AS person_id, '5201' || lpad((i % 1629)::VARCHAR, 8, '0') AS place_code FROM range({people}) t(i)) "
          f"TO '{folder}/roster.parquet' (FORMAT parquet)")
who = f"CASE WHEN j < {known} THEN pid(j) WHEN j < {known + double} THEN pid(j - {known}) ELSE 'X' || lpad(j::VARCHAR, 12, '0') END"
c.execute(f"COPY (SELECT 'T' || lpad((j // 10)::VARCHAR, 9, '0') AS tube_id, {who} AS person_id, "
          f"TIMESTAMPTZ '2022-09-20 06:00:00+08' + to_seconds(j // 200) AS collected_at FROM range({specimens}) t(j)) "
          f"TO '{folder}/specimens.parquet' (FORMAT parquet)")
print(known, double, strange)
"""

OURS = """
import sys
from pathlib import Path
from bulou.matching.coverage import coverage
d = Path(sys.argv[1])
found = coverage(roster=d / "roster.parquet", specimens=d / "specimens.parquet", out=d / "ours", threads=2)
import json; print(json.dumps([found.missing, found.duplicate_people, found.unregistered, found.units]), found.elapsed_s)
"""

HAND = """
import duckdb, sys, json, time, os
d = sys.argv[1]; os.makedirs(f"{d}/hand", exist_ok=True); t = time.perf_counter()
c = duckdb.connect(); c.execute("SET threads = 2"); c.execute("SET enable_progress_bar = false")
c.execute(f"CREATE TEMP TABLE s AS SELECT person_id, min(tube_id) AS a, max(tube_id) AS b "
          f"FROM read_parquet('{d}/specimens.parquet') GROUP BY person_id")
c.execute(f"CREATE TEMP TABLE m AS SELECT r.person_id, r.place_code, s.person_id IS NOT NULL AS tested "
          f"FROM read_parquet('{d}/roster.parquet') r LEFT JOIN s USING (person_id)")
twice = c.execute(f"SELECT count(*) - count(DISTINCT person_id) FROM read_parquet('{d}/roster.parquet')").fetchone()[0]
assert twice == 0
q = {"missing": "SELECT person_id, place_code AS unit_code FROM m WHERE NOT tested ORDER BY 1",
     "duplicates": f"SELECT person_id, list_sort(list(DISTINCT tube_id)) AS tubes FROM read_parquet('{d}/specimens.parquet') "
                   "WHERE person_id IN (SELECT person_id FROM s WHERE a <> b) GROUP BY 1 ORDER BY 1",
     "unregistered": f"SELECT person_id FROM s ANTI JOIN read_parquet('{d}/roster.parquet') r USING (person_id) ORDER BY 1",
     "by_unit": "SELECT place_code AS unit_code, count(*) AS roster, count_if(tested) AS tested, 0 AS exempt, "
                "count_if(NOT tested) AS missing FROM m GROUP BY 1 ORDER BY 1"}
n = []
for name, sql in q.items():
    n.append(c.execute(f"COPY ({sql}) TO '{d}/hand/{name}.parquet' (FORMAT parquet)").fetchone()[0])
print(json.dumps(n), round(time.perf_counter() - t, 3))
"""

POLARS = """
import sys, json, time, os
d = sys.argv[1]; os.makedirs(f"{d}/polars", exist_ok=True)
import polars as pl
t = time.perf_counter()
r = pl.read_parquet(f"{d}/roster.parquet"); s = pl.read_parquet(f"{d}/specimens.parquet", columns=["tube_id", "person_id"])
assert r["person_id"].is_duplicated().sum() == 0
g = s.group_by("person_id").agg(pl.col("tube_id").unique().sort())
m = r.join(g.select("person_id", pl.lit(True).alias("tested")), on="person_id", how="left").with_columns(pl.col("tested").fill_null(False))
out = {"missing": m.filter(~pl.col("tested")).select("person_id", "place_code").sort("person_id"),
       "duplicates": g.filter(pl.col("tube_id").list.len() > 1).sort("person_id"),
       "unregistered": g.join(r, on="person_id", how="anti").select("person_id").sort("person_id"),
       "by_unit": m.group_by("place_code").agg(pl.len(), pl.col("tested").sum()).sort("place_code")}
for name, table in out.items(): table.write_parquet(f"{d}/polars/{name}.parquet")
print(json.dumps([len(one) for one in out.values()]), round(time.perf_counter() - t, 3))
"""

PANDAS = """
import sys, json, time, os
d = sys.argv[1]; os.makedirs(f"{d}/pandas", exist_ok=True)
import pandas as pd
t = time.perf_counter()
r = pd.read_parquet(f"{d}/roster.parquet"); s = pd.read_parquet(f"{d}/specimens.parquet", columns=["tube_id", "person_id"])
assert not r.person_id.duplicated().any()
u = s.drop_duplicates(); n = u.groupby("person_id", sort=False).tube_id.nunique()
r["tested"] = r.person_id.isin(n.index)
double = n.index[n > 1]
out = {"missing": r.loc[~r.tested, ["person_id", "place_code"]].sort_values("person_id"),
       "duplicates": u[u.person_id.isin(double)].sort_values("tube_id").groupby("person_id").tube_id.agg(list).reset_index(),
       "unregistered": pd.DataFrame({"person_id": sorted(set(n.index) - set(r.person_id))}),
       "by_unit": r.groupby("place_code").tested.agg(["size", "sum"]).reset_index()}
for name, table in out.items(): table.to_parquet(f"{d}/pandas/{name}.parquet")
print(json.dumps([len(one) for one in out.values()]), round(time.perf_counter() - t, 3))
"""

SQLITE = """
import sys, json, time, sqlite3, pyarrow.parquet as pq
d = sys.argv[1]; t = time.perf_counter()
c = sqlite3.connect(":memory:")
c.execute("CREATE TABLE r (person_id TEXT, place_code TEXT)"); c.execute("CREATE TABLE s (tube_id TEXT, person_id TEXT)")
for name, table, columns in (("roster", "r", ["person_id", "place_code"]), ("specimens", "s", ["tube_id", "person_id"])):
    for batch in pq.ParquetFile(f"{d}/{name}.parquet").iter_batches(columns=columns):
        c.executemany(f"INSERT INTO {table} VALUES (?, ?)", zip(*(batch.column(x).to_pylist() for x in columns)))
loaded = time.perf_counter() - t
c.execute("CREATE UNIQUE INDEX ri ON r (person_id)")
c.execute("CREATE TABLE g AS SELECT person_id, min(tube_id) a, max(tube_id) b FROM s GROUP BY person_id")
c.execute("CREATE INDEX gi ON g (person_id)")
n = [len(c.execute(q).fetchall()) for q in (
    "SELECT r.person_id, place_code FROM r LEFT JOIN g USING (person_id) WHERE g.person_id IS NULL ORDER BY 1",
    "SELECT person_id, group_concat(DISTINCT tube_id) FROM s WHERE person_id IN (SELECT person_id FROM g WHERE a <> b) GROUP BY 1 ORDER BY 1",
    "SELECT g.person_id FROM g LEFT JOIN r USING (person_id) WHERE r.person_id IS NULL ORDER BY 1",
    "SELECT place_code, count(*), count(g.person_id) FROM r LEFT JOIN g USING (person_id) GROUP BY 1")]
print(json.dumps(n), round(time.perf_counter() - t, 3))
"""

POSTGRES = """
import sys, json, time, os, duckdb, psycopg
d, url = sys.argv[1], sys.argv[2]; t = time.perf_counter()
duck = duckdb.connect(); duck.execute("SET enable_progress_bar = false"); duck.execute("SET threads = 2")
c = psycopg.connect(url, autocommit=True)
c.execute("SET max_parallel_workers_per_gather = 1"); c.execute("SET work_mem = '1GB'"); c.execute("SET maintenance_work_mem = '1GB'")
c.execute("CREATE UNLOGGED TABLE r (person_id text COLLATE \\"C\\", place_code text COLLATE \\"C\\")")
c.execute("CREATE UNLOGGED TABLE s (tube_id text COLLATE \\"C\\", person_id text COLLATE \\"C\\")")
for name, table, columns in (("roster", "r", "person_id, place_code"), ("specimens", "s", "tube_id, person_id")):
    duck.execute(f"COPY (SELECT {columns} FROM read_parquet('{d}/{name}.parquet')) TO '{d}/{name}.csv' (HEADER false)")
    with open(f"{d}/{name}.csv", "rb") as data, c.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)") as copy:
        while chunk := data.read(1 << 20): copy.write(chunk)
    os.remove(f"{d}/{name}.csv")
c.execute("CREATE UNIQUE INDEX ON r (person_id)"); c.execute("ANALYZE r"); c.execute("ANALYZE s")
c.execute("CREATE UNLOGGED TABLE g AS SELECT person_id, min(tube_id) a, max(tube_id) b FROM s GROUP BY person_id"); c.execute("ANALYZE g")
n = [len(c.execute(q).fetchall()) for q in (
    "SELECT r.person_id, place_code FROM r LEFT JOIN g USING (person_id) WHERE g.person_id IS NULL ORDER BY 1",
    "SELECT person_id, array_agg(DISTINCT tube_id ORDER BY tube_id) FROM s WHERE person_id IN (SELECT person_id FROM g WHERE a <> b) GROUP BY 1 ORDER BY 1",
    "SELECT g.person_id FROM g LEFT JOIN r USING (person_id) WHERE r.person_id IS NULL ORDER BY 1",
    "SELECT place_code, count(*), count(g.person_id) FROM r LEFT JOIN g USING (person_id) GROUP BY 1")]
print(json.dumps(n), round(time.perf_counter() - t, 3))
"""


def run(code: str, *arguments: str) -> tuple[list[int], float, float, float]:
    """One engine as a whole process: its counts, its own seconds, the process's wall seconds, its peak memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)  # the memory of this child, not the most of all children so far
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"a peer failed with {process.returncode}")
    counts, own = out.strip().rsplit(" ", 1)
    return json.loads(counts), float(own), wall, used.ru_maxrss / 1024


@contextmanager
def _postgres(folder: str) -> Iterator[str | None]:
    """A cluster of its own; None where PostgreSQL is not installed. Durability is off: nothing here must survive."""
    tool, where = str(Path(__file__).resolve().parent.parent / "tools/postgres.py"), f"{folder}/pg"
    made = subprocess.run([sys.executable, tool, "start", where], capture_output=True, text=True, check=False)
    try:
        yield made.stdout.strip() if made.returncode == 0 else None
    finally:
        subprocess.run([sys.executable, tool, "stop", where], check=False)


def main() -> None:
    """Make the data, time the pairs, then the other engines once each; every count is checked against the construction."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    given, _ = parser.parse_known_args()
    specimens = SPECIMENS * given.people // PEOPLE
    with tempfile.TemporaryDirectory(prefix="bulou-bench-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        Path(folder).chmod(0o755)
        made = subprocess.run(
            [sys.executable, "-c", MAKE, str(given.people), str(specimens), folder], check=True, capture_output=True, text=True
        )
        known, double, strange = map(int, made.stdout.split())
        want = [given.people - known, double, strange, min(1629, given.people)]
        ratios: dict[str, list[float]] = {"query": [], "process": []}
        ours_s, hand_s, peaks = [], [], []
        for _ in range(given.pairs):
            ours, hand = run(OURS, folder), run(HAND, folder)
            assert ours[0] == want, (ours[0], want)
            assert hand[0] == want, (hand[0], want)
            ratios["query"].append(ours[1] / hand[1])
            ratios["process"].append(ours[2] / hand[2])
            peaks.append(ours[3])
            ours_s.append(ours[2])
            hand_s.append(hand[2])
        print(f"coverage, {given.people:,} × {specimens:,} rows, 2 threads, load {os.getloadavg()[0]:.1f}")
        print(f"  bulou          {statistics.median(ours_s):7.2f} s   hand-written DuckDB {statistics.median(hand_s):7.2f} s")
        for name, values in ratios.items():
            print(f"  ratio {name:<9} median {statistics.median(values):.2f}  min {min(values):.2f}  max {max(values):.2f}")
        print(f"  {'bulou':<19} peak {max(peaks):,.0f} MB")
        with _postgres(folder) as url:
            peers = [("Polars", POLARS, ()), ("pandas", PANDAS, ()), ("SQLite", SQLITE, ())]
            peers += [("PostgreSQL", POSTGRES, (url,))] if url else []
            for name, code, more in peers:
                counts, _, wall, peak = run(code, folder, *more)
                assert counts == want, (name, counts, want)
                print(f"  {name:<14} {wall:7.2f} s   peak {peak:,.0f} MB{' (the client alone)' if more else ''}")
        short = [name for name, most in ASKED.items() if statistics.median(ratios[name]) > most]
        print(f"  {'NOT REACHED: ' + ', '.join(short) if short else 'reached'}  ratios asked for: {ASKED}")
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
