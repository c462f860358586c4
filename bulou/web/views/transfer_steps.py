"""The steps of the transfer desk: propose, commit, plan anew, answer a stop for safety."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.transfer import actions, queries
from bulou.transfer.models import Plan
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.duties import ActForm
from bulou.web.show.figures import Crumb


class AnswerForm(forms.Form):
    """A unit above answers a stop."""

    resume = forms.ChoiceField(label=gettext_lazy("What happens now"))
    answer = forms.CharField(label=gettext_lazy("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *given: object, **named_: object) -> None:
        """The choices in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        self.fields["resume"].choices = [  # type: ignore[attr-defined]
            ("end", gettext("The trip does not run: everybody stays, with a reason and an owner")),
            ("resume", gettext("The trip may go on")),
        ]


def _home() -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('web:transfer')}#plan")


def _proposed(request: HttpRequest, made: Plan) -> HttpResponse:
    words = gettext("%(placed)s of %(people)s are placed; read it, then commit it.")
    messages.success(request, words % {"placed": made.placed, "people": made.people})
    return _home()


@page
def propose(request: HttpRequest, by: Actor) -> HttpResponse:
    """Ask the solver for a plan; nothing is promised by it."""
    if request.method != "POST":
        return _home()
    made = actions.propose_plan(by=by, at=clock.city())
    return _proposed(request, made)


@page
def replan(request: HttpRequest, by: Actor) -> HttpResponse:
    """The same from the present plan: who is on board stays on board."""
    if request.method != "POST":
        return _home()
    made = actions.replan(by=by, at=clock.city())
    return _proposed(request, made)


@require_POST
@page
def commit(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """A person commits; the checker looks again at the city as it is now."""
    queries.plan(by, code)
    made = actions.commit_plan(code=code, by=by, at=clock.city())
    messages.success(request, gettext("Committed: %(placed)s people have seat and room.") % {"placed": made.placed})
    return _home()


@page
def stop(request: HttpRequest, by: Actor, id: int) -> HttpResponse:  # noqa: A002 - the route's name
    """One stop for safety, and its answer."""
    row = queries.stops(by).filter(pk=id).first()
    if row is None:
        message = "no such record"
        raise NotFound(message)
    form = AnswerForm(request.POST or None, auto_id="answer-%s")
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        actions.answer_stop(stop_id=row.pk, resume=given["resume"] == "resume", answer=given["answer"], by=by, at=clock.city())
        return HttpResponseRedirect(reverse("web:transfer"))
    act = ActForm(
        key="answer",
        label=gettext("Answer the stop"),
        means=gettext("a unit above answers; until then the trip stands"),
        url=reverse("web:transfer_stop", args=[row.pk]),
        form=form,
        button=gettext("Answer"),
        main=True,
        open=True,
    )
    crumbs = (Crumb(label=gettext("Transfer desk"), href=reverse("web:transfer")),)
    frame = framed(request, by, "transfer", title=gettext("Stopped for safety"), crumbs=crumbs)
    return render(request, "web/transfer_stop.html", {"frame": frame, "page": {"stop": row, "act": act}})
