"""Probes: is the process alive, can it serve, and the few figures that a monitor scrapes."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from bulou.duties import sweep
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty, Heartbeat
from bulou.kernel import clock
from bulou.ledger.models import Entry


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    del request
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers; a silent sweep is said, and does not take the desk away."""
    del request
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as fault:
        return JsonResponse({"ready": False, "database": type(fault).__name__}, status=503)
    silent = sweep.silent_since()
    return JsonResponse({"ready": True, "database": "ok", "sweep_silent_since": silent.isoformat() if silent else None})


def metrics(request: HttpRequest) -> HttpResponse:
    """Open and overdue duties, unsealed entries, the sweep's lag, in the text format of Prometheus."""
    del request
    now = clock.city()
    beat = Heartbeat.objects.filter(name=sweep.SWEEP).first()
    figures = {
        "bulou_duties_open": Duty.objects.filter(state=DutyState.OPEN).count(),
        "bulou_duties_overdue": Duty.objects.filter(state=DutyState.OPEN, due_at__lt=now).count(),
        "bulou_ledger_unsealed": Entry.objects.filter(seal=None).count(),
        "bulou_sweep_lag_seconds": beat.lag_s if beat else -1,
        "bulou_sweep_age_seconds": (clock.wall() - beat.beat_at).total_seconds() if beat else -1,
    }
    lines = [f"# TYPE {name} gauge\n{name} {value}" for name, value in figures.items()]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
