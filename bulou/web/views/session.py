"""Logging in and out, choosing language and post."""

from __future__ import annotations

import json

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from bulou.web.frames import bare, in_chinese
from bulou.web.reader import POST
from bulou.web.show.reading import DemoLogin, LoginPage

DEMO = "demo_logins.json"  # written by a drill into its home: nobody's real password


class LoginForm(forms.Form):
    """Account and password."""

    username = forms.CharField(
        label=gettext_lazy("Account"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


def _safe(request: HttpRequest, target: str) -> str:
    """Where to go next; never to another site."""
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if target and allowed else reverse("web:desk")


def _demos() -> tuple[DemoLogin, ...]:
    kept = settings.BULOU_HOME / DEMO
    if not kept.exists():
        return ()
    side = "zh" if in_chinese() else "en"
    return tuple(
        DemoLogin(
            account=one["account"],
            password=one["password"],
            post=one[f"post_{side}"],
            unit=one[f"unit_{side}"],
            sees=one[f"sees_{side}"],
        )
        for one in json.loads(kept.read_text())
    )


@sensitive_post_parameters("password")
def log_in(request: HttpRequest) -> HttpResponse:
    """The log-in page; a wrong pair is said without saying which of the two is wrong."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = authenticate(request, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
        if account is not None:
            login(request, account)
            return HttpResponseRedirect(_safe(request, request.POST.get("next", "")))
        form.add_error(None, gettext("Account and password do not fit together."))
    shown = LoginPage(form=form, next=request.GET.get("next", request.POST.get("next", "")), demos=_demos())
    wrong = request.method == "POST"
    return render(
        request,
        "web/login.html",
        {"frame": bare(request, gettext("Log in")), "page": shown},
        status=401 if wrong else 200,
    )


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Leave."""
    logout(request)
    return HttpResponseRedirect(reverse("web:login"))


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the page's language; kept in a cookie, as it says nothing of a person."""
    wanted = request.POST.get("language", "")
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", request.headers.get("Referer", ""))))
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=31_536_000, samesite="Lax")
    return response


@require_POST
def set_post(request: HttpRequest) -> HttpResponse:
    """Act in another post that is held now; a post not held is simply not taken (``reader`` checks at each request)."""
    request.session[POST] = request.POST.get("post", "")
    return HttpResponseRedirect(reverse("web:desk"))
