"""A drill's clock across processes: kept beside the embedded database, taken up by every process of that home.

The clock module holds an offset for its own process only; server, sweep and command line are several processes, and
they must agree on the city's time. The file names one pair of instants; both clocks run at the same rate from there.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from bulou.kernel import clock

NAME = "drill_clock.json"


def keep(home: Path, *, city_at: datetime) -> None:
    """From now on the city clock of this home reads ``city_at`` at this wall instant, and runs on from there."""
    home.mkdir(parents=True, exist_ok=True)
    pair = {"city_at": clock.as_utc(city_at).isoformat(), "wall_at": clock.wall().isoformat()}
    beside = home / f"{NAME}.new"
    beside.write_text(json.dumps(pair))
    beside.replace(home / NAME)
    clock.run_from(city_at)


def resume(home: Path) -> bool:
    """Take up the drill's clock when this home has one; whether it has one."""
    kept = home / NAME
    if not kept.exists():
        return False
    pair = json.loads(kept.read_text())
    elapsed = clock.wall() - datetime.fromisoformat(pair["wall_at"])
    clock.run_from(datetime.fromisoformat(pair["city_at"]) + elapsed)
    return True
