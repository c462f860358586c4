"""The forms of a case's and a contact's steps."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from bulou.investigation.choices import (
    CaseStatus,
    Certainty,
    ChaseStep,
    ExposureSource,
    FoundWhere,
    Grade,
    InterviewState,
    Setting,
)
from bulou.web.case_words import (
    certainty_words,
    found_words,
    grade_words,
    setting_words,
    source_words,
    status_words,
    step_words,
)

_INSTANT = forms.DateTimeInput(attrs={"type": "datetime-local"})


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    form.fields[name].choices = choices  # type: ignore[attr-defined]


class StepForm(forms.Form):
    """A step of the chase is done."""

    step = forms.ChoiceField(label=gettext_lazy("Step"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)

    def __init__(self, *given: object, **named: object) -> None:
        """The steps in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "step", [(one.value, step_words(one)) for one in (ChaseStep.FOUND, ChaseStep.HELD)])


class ContactForm(forms.Form):
    """Somebody who was near the case."""

    person_id = forms.CharField(label=gettext_lazy("Person number"), max_length=40)
    setting = forms.ChoiceField(label=gettext_lazy("Setting"))
    place = forms.CharField(label=pgettext_lazy("meeting", "Where"), required=False, max_length=160)
    from_at = forms.DateTimeField(label=gettext_lazy("Met from"), widget=_INSTANT)
    until_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=_INSTANT)
    minutes = forms.FloatField(label=gettext_lazy("Minutes together, if shorter"), required=False, min_value=0)
    protected = forms.BooleanField(label=gettext_lazy("Effectively protected (both masked, or behind glass)"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("Known by"))
    through = forms.CharField(label=gettext_lazy("Through which close contact (its number)"), required=False, max_length=24)

    def __init__(self, *given: object, **named: object) -> None:
        """Settings and sources in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "setting", [(one.value, setting_words(one)) for one in Setting])
        _choices(self, "source", [(one.value, source_words(one)) for one in ExposureSource])


class NoteForm(forms.Form):
    """A note that may be needed."""

    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=300)


class ReasonForm(forms.Form):
    """A reason in plain words."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class FailedForm(forms.Form):
    """Why an interview failed."""

    how = forms.ChoiceField(label=gettext_lazy("What happened"))
    reason = forms.CharField(label=gettext_lazy("Who was called or visited, when, and what was said"), max_length=300)

    def __init__(self, *given: object, **named: object) -> None:
        """The two ways in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        ways = [(InterviewState.UNREACHABLE.value, gettext("not reached")), (InterviewState.REFUSED.value, gettext("refused"))]
        _choices(self, "how", ways)


class LinkForm(forms.Form):
    """Another case that infected this one."""

    infector = forms.CharField(label=gettext_lazy("Infected by the case"), max_length=24)
    setting = forms.ChoiceField(label=gettext_lazy("Setting"))
    certainty = forms.ChoiceField(label=gettext_lazy("How sure"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=160)

    def __init__(self, *given: object, **named: object) -> None:
        """Settings and certainties in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "setting", [(one.value, setting_words(one)) for one in Setting])
        _choices(self, "certainty", [(one.value, certainty_words(one)) for one in Certainty])


class DiagnoseForm(forms.Form):
    """What the experts say."""

    status = forms.ChoiceField(label=gettext_lazy("Diagnosis"))
    found_where = forms.ChoiceField(label=gettext_lazy("Found"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=200)

    def __init__(self, *given: object, **named: object) -> None:
        """Diagnoses in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "status", [(one.value, status_words(one)) for one in CaseStatus if one is not CaseStatus.PRELIMINARY])
        _choices(self, "found_where", [(one.value, found_words(one)) for one in FoundWhere])


class WarrantForm(forms.Form):
    """A request to search presences."""

    purpose = forms.CharField(label=gettext_lazy("What it is to find, and why nothing less will do"), max_length=300)
    from_at = forms.DateTimeField(label=gettext_lazy("Search from"), widget=_INSTANT)
    until_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=_INSTANT)
    hours = forms.IntegerField(label=gettext_lazy("Hours for which it shall hold"), min_value=1, max_value=48, initial=12)


class GradeForm(forms.Form):
    """A grade decided by hand, or given back to the rules."""

    grade = forms.ChoiceField(label=gettext_lazy("Grade"))
    reason = forms.CharField(label=gettext_lazy("What the rules do not see"), max_length=300)

    def __init__(self, *given: object, **named: object) -> None:
        """Grades in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "grade", [*((one.value, grade_words(one)) for one in Grade), ("", gettext("as the rules say"))])
        self.fields["grade"].required = False


class CheckForm(forms.Form):
    """A day's temperature and symptoms."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    temperature = forms.FloatField(label=gettext_lazy("Temperature, °C"), required=False)
    symptoms = forms.CharField(label=gettext_lazy("Symptoms"), required=False, max_length=200)


class PlaceForm(forms.Form):
    """Where the contact is now."""

    kept_by = forms.CharField(label=gettext_lazy("Unit that keeps the person; blank: at home"), required=False, max_length=64)


class CorrectForm(forms.Form):
    """An exposure was otherwise, or did not happen."""

    exposure = forms.ChoiceField(label=gettext_lazy("Exposure"))
    from_at = forms.DateTimeField(label=gettext_lazy("Met from"), required=False, widget=_INSTANT)
    until_at = forms.DateTimeField(label=gettext_lazy("Until"), required=False, widget=_INSTANT)
    minutes = forms.FloatField(label=gettext_lazy("Minutes together, if shorter"), required=False, min_value=0)
    never = forms.BooleanField(label=gettext_lazy("It did not happen at all"), required=False)
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=300)

    def __init__(self, exposures: list[tuple[str, str]], *given: object, **named: object) -> None:
        """The exposures that stand."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "exposure", exposures)


class SignForm(forms.Form):
    """The legal basis of a signature."""

    legal_basis = forms.ChoiceField(label=gettext_lazy("Legal basis"))

    def __init__(self, bases: list[tuple[str, str]], *given: object, **named: object) -> None:
        """The pack's bases."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        _choices(self, "legal_basis", bases)


class SearchForm(forms.Form):
    """How a search looks."""

    min_minutes = forms.FloatField(label=gettext_lazy("Minutes together at least"), initial=15, min_value=0, max_value=1440)
    rings = forms.IntegerField(label=gettext_lazy("Rings"), initial=1, min_value=1, max_value=2)


class MergeForm(forms.Form):
    """Two ids are one person."""

    kept = forms.CharField(label=gettext_lazy("Number that stays"), max_length=40)
    dropped = forms.CharField(label=gettext_lazy("Number that is the same person"), max_length=40)
    reason = forms.CharField(label=gettext_lazy("Who compared what"), max_length=300)


class UndoForm(forms.Form):
    """A merge was wrong."""

    merge = forms.IntegerField(label=gettext_lazy("Number of the merge"))
    why = forms.CharField(label=gettext_lazy("Reason"), max_length=300)
