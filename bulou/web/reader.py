"""Who reads a page: from the session to an actor, and from an error to a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bulou.access import queries
from bulou.access.models import Account
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door
from bulou.kernel.errors import BulouError, NotFound, NotPermitted, let_go
from bulou.restrictions.actions import sound
from bulou.web.show.frame import PageFrame
from bulou.web.show.reading import ErrorPage

POST = "bulou.post"  # the session's key for the post that the reader acts in
View = Callable[..., HttpResponse]


def posts(request: HttpRequest) -> list[Actor]:
    """Everybody that the logged-in account can act as now; read once for a request."""
    found: list[Actor] | None = getattr(request, "bulou_posts", None)
    if found is None:
        account = request.user
        known = isinstance(account, Account) and account.is_active
        found = queries.actors(account, at=clock.city(), door=Door.WEB) if known else []  # type: ignore[arg-type]
        request.bulou_posts = found  # type: ignore[attr-defined]
    return found


def reader(request: HttpRequest) -> Actor:
    """The actor of this request: the post chosen in the session while it is held, else the first."""
    found = posts(request)
    if not found:
        message = gettext("You hold no post now.")
        raise NotPermitted(message, remedy=gettext("Ask the duty leader of your unit to enter your post or shift."))
    chosen = request.session.get(POST, "")
    return next((one for one in found if one.post == chosen), found[0])


def page(view: View) -> View:
    """A page for somebody who is logged in: others go to the log-in, an error of ours becomes a page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            back = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{reverse('web:login')}?{back}")
        try:
            return view(request, reader(request), *args, **kwargs)
        except BulouError as fault:
            sound(fault)  # whatever was rolled back: a stopped restriction alarms
            return wrong(request, fault)
        except OperationalError as fault:
            if "locked" not in str(fault):  # SQLite's one write lock did not come in time
                raise
            let_go(fault)
            return _busy(request)

    return guarded


def _busy(request: HttpRequest) -> HttpResponse:
    """Nothing was done, and nothing is wrong: too many write at once."""
    heading = gettext("Too many write at once")
    said = gettext("Nothing was done. Your words are still in the form.")
    shown = ErrorPage(status=503, heading=heading, message=said, remedy=gettext("Go back and try again in a few seconds."))
    answer = render(
        request, "403.html", {"frame": PageFrame(title=heading, city="", now=clock.city()), "page": shown}, status=503
    )
    answer.headers["Retry-After"] = "2"
    return answer


def wrong(request: HttpRequest, fault: BulouError) -> HttpResponse:
    """An error as a page; a foreign record looks exactly like a missing one."""
    from bulou.web.frames import bare  # noqa: PLC0415 - the frame asks who reads, and so knows this module

    if isinstance(fault, NotFound):
        return render(request, "404.html", {"frame": bare(request, gettext("Not found")), "page": None}, status=404)
    denied = isinstance(fault, NotPermitted)
    heading = gettext("Not permitted") if denied else gettext("This step was not taken")
    shown = ErrorPage(status=403 if denied else 409, heading=heading, message=fault.message, remedy=fault.remedy)
    return render(request, "403.html", {"frame": bare(request, heading), "page": shown}, status=shown.status)
