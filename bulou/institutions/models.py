"""The room's tables: institutions, their days, major matters."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bulou.institutions.choices import InstitutionKind, InstitutionState, MatterKind, MatterState, ReportState
from bulou.ledger.columns import CodeField
from bulou.units.models import Unit, choices_of


class Institution(models.Model):
    """A place where many live or come together; territory and sector both see its duties, it owns them."""

    code = models.CharField(max_length=24, primary_key=True)
    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="institution")
    sector = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="institutions_of_sector")
    kind = models.CharField(max_length=14, choices=choices_of(InstitutionKind))
    name = models.CharField(max_length=120)
    place_code = CodeField()
    state = models.CharField(max_length=11, choices=choices_of(InstitutionState), default=InstitutionState.OPEN)
    supplies = models.CharField(max_length=200, blank=True, default="")  # of a market: the areas that buy there
    inside = models.IntegerField(default=0)
    stock_days = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    counted_at = models.DateTimeField(null=True)
    registered_at = models.DateTimeField()
    owes_from = models.DateField(null=True)  # the first day of reports; blank: entered before this was kept

    class Meta:
        ordering = ("code",)
        indexes = (
            models.Index(fields=("state", "code"), name="institution_state"),
            models.Index(fields=("place_code", "code"), name="institution_place"),
        )
        constraints = (models.CheckConstraint(condition=Q(inside__gte=0), name="institution_inside"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DailyReport(models.Model):
    """One day of one institution: owed from the morning on, given also when nothing happened (零报告)."""

    code = models.CharField(max_length=40, primary_key=True)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="reports")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="daily_reports")
    place_code = CodeField()
    on = models.DateField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=choices_of(ReportState), default=ReportState.OWED)
    inside = models.IntegerField(null=True)
    visitors = models.IntegerField(null=True)
    tested = models.IntegerField(null=True)
    events = models.IntegerField(null=True)
    note = models.CharField(max_length=300, blank=True, default="")
    reported_at = models.DateTimeField(null=True)
    reported_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("-on", "code")
        indexes = (
            models.Index(fields=("-due_at", "-code"), name="daily_due"),
            models.Index(fields=("unit", "on"), name="daily_unit"),
        )
        constraints = (
            models.UniqueConstraint(fields=("institution", "on"), name="daily_once"),
            models.CheckConstraint(
                condition=Q(state=ReportState.OWED) | (Q(reported_at__isnull=False) & Q(inside__isnull=False)),
                name="daily_reported_has_figures",
            ),
        )

    def __str__(self) -> str:
        return self.code


class Matter(models.Model):
    """A major matter (重大事项): when it happened, when the institution knew, when it told, who found it, what was answered."""

    code = models.CharField(max_length=24, primary_key=True)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="matters")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="matters")
    place_code = CodeField()
    kind = models.CharField(max_length=8, choices=choices_of(MatterKind))
    what = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=choices_of(MatterState))
    known_at = models.DateTimeField()
    found_at = models.DateTimeField(null=True)
    found_by = models.CharField(max_length=120, blank=True, default="")
    against = models.ForeignKey(DailyReport, null=True, on_delete=models.PROTECT, related_name="contradicted")
    reported_at = models.DateTimeField(null=True)
    reported_by = models.CharField(max_length=120, blank=True, default="")
    due_at = models.DateTimeField()  # of the step that is owed now
    answer = models.CharField(max_length=300, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        ordering = ("due_at", "code")
        indexes = (models.Index(fields=("due_at", "code"), name="matter_due"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state=MatterState.ANSWERED) | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="matter_answered",
            ),
            models.CheckConstraint(
                condition=Q(found_at__isnull=False) | Q(reported_at__isnull=False), name="matter_known_by_somebody"
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.kind}"
