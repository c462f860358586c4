"""The drill's clock: events wait in a heap by their instant, and the worker's jobs run beside them."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

from bulou.commands import worker
from bulou.duties import actions as duties
from bulou.duties import sweep
from bulou.duties.choices import NoticeState
from bulou.duties.models import Notice
from bulou.kernel import clock
from simulation.founding import City

READ_AFTER = timedelta(minutes=6)  # whoever is on duty looks into the inbox so soon; invented

Event = Callable[[datetime], object]
At = Callable[[datetime, Event], None]  # let something happen at an instant


class Clockwork:
    """What happens until an instant, in the order of its instants; what happens may let more happen later."""

    def __init__(self, city: City, *, until: datetime) -> None:
        """``until`` is when it stops: what is due later does not happen."""
        self.city = city
        self.until = clock.as_utc(until)
        self.jobs = worker.jobs()
        self._heap: list[tuple[datetime, int, Event]] = []
        self._order = 0

    def at(self, when: datetime, event: Event) -> None:
        """Let something happen at an instant."""
        instant = clock.as_utc(when)
        if instant <= self.until:
            self._order += 1
            heapq.heappush(self._heap, (instant, self._order, event))

    def run(self) -> None:
        """Let it happen, each with the city's clock standing at its instant."""
        while self._heap:
            instant, _, event = heapq.heappop(self._heap)
            with clock.frozen(instant):
                event(instant)

    def tick(self, now: datetime, *, silent: str = "") -> None:
        """What the worker does beside the sweep; before it, everybody reads the inbox but a unit that is ``silent``."""
        sweep.beat(sweep.sweep(at=now), at=now)
        unread = Notice.objects.filter(read_at=None, state=NoticeState.SENT, told_at__lte=now - READ_AFTER)
        for line in unread.exclude(unit=silent).order_by("id"):
            duties.read_notice(notice_id=line.pk, by=self.city.actor(line.unit_id), at=now)
        for job in self.jobs:
            job.do(now)
