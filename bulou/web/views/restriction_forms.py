"""The forms of the register: reasons, owners of counter-duties, objections and answers, proposals."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext

from bulou.kernel import clock, codes
from bulou.restrictions.choices import Lifting
from bulou.restrictions.evidence import pack_now
from bulou.web.restriction_words import kind_name, lifting_words

BY_HAND = (Lifting.BY_RULE, Lifting.MEDICAL_EXIT, Lifting.EVACUATION, Lifting.MISTAKE, Lifting.NO_GROUND)


class WordsForm(forms.Form):
    """A reason in plain words."""

    reason = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class LiftForm(forms.Form):
    """Why it is lifted."""

    why = forms.ChoiceField(label=gettext_lazy("Why"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, *given: object, **named_: object) -> None:
        """The reasons in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        self.fields["why"].choices = [(one.value, lifting_words(one.value)) for one in BY_HAND]  # type: ignore[attr-defined]


class OwnersForm(forms.Form):
    """A unit for each counter-duty."""

    def __init__(self, kinds: tuple[str, ...], place: str, **named_: object) -> None:
        """One field for each, with the community of the place offered."""
        super().__init__(**named_)  # type: ignore[arg-type]
        for kind in kinds:
            self.fields[kind] = forms.CharField(label=_counter(kind), max_length=64, initial=codes.territory(place)[:12])


def _counter(kind: str) -> str:
    return {
        "counter.testing": gettext("Testing at the door: which unit"),
        "counter.food": gettext("Food: which unit"),
        "counter.medicine": gettext("Medicine: which unit"),
        "counter.waste": gettext("Waste: which unit"),
        "counter.emergency": gettext("Emergency line: which unit"),
        "counter.frail": gettext("The frail listed and called: which unit"),
    }.get(kind, kind)


class ObjectForm(forms.Form):
    """An objection in somebody's own words."""

    text = forms.CharField(label=gettext_lazy("What is wrong"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3}))
    how = forms.ChoiceField(label=gettext_lazy("How it reached us"))

    def __init__(self, *given: object, **named_: object) -> None:
        """The ways in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        self.fields["how"].choices = [  # type: ignore[attr-defined]
            ("phone", gettext("by telephone")),
            ("paper", gettext("on paper")),
            ("visit", pgettext("page", "at the door")),
        ]


class AnswerForm(forms.Form):
    """The answer to an objection."""

    allowed = forms.ChoiceField(label=gettext_lazy("Decision"))
    answer = forms.CharField(label=gettext_lazy("Why"), max_length=4_000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *given: object, **named_: object) -> None:
        """The two answers in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        self.fields["allowed"].choices = [("yes", gettext("right: lift it now")), ("no", gettext("not right: it stays"))]  # type: ignore[attr-defined]


class HowForm(forms.Form):
    """How a notice was delivered."""

    how = forms.CharField(label=gettext_lazy("How it was delivered"), max_length=60)


class ProposeForm(forms.Form):
    """A proposal for one person, a list of people, or a place."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    people = forms.CharField(
        label=gettext_lazy("People, one per line: person number, number of the ledger entry about that person"),
        help_text=gettext_lazy(
            "For a place: only the number of the entry. A name without an entry is not restricted, and alarms."
        ),
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    place_code = forms.CharField(label=gettext_lazy("Place code"), max_length=64)
    legal_basis = forms.ChoiceField(label=gettext_lazy("Legal basis"))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300)
    starts_at = forms.DateTimeField(
        label=gettext_lazy("From (the last exposure)"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    ends_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def __init__(self, *given: object, **named_: object) -> None:
        """Kinds and bases that the pack knows."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        pack = pack_now(clock.day_of(clock.city()))
        self.fields["kind"].choices = [(kind, kind_name(kind)) for kind in pack.restrictions]  # type: ignore[attr-defined]
        self.fields["legal_basis"].choices = list(pack.legal_bases.items())  # type: ignore[attr-defined]
