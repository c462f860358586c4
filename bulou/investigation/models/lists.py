"""Saved filters of line lists, and people found to be the same."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from bulou.access.models import Account


class SavedFilter(models.Model):
    """A line list's filter and chosen columns under a name; each account has its own."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=[("cases", "cases"), ("contacts", "contacts")])
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600, blank=True, default="")  # as it stands in the address
    columns = models.CharField(max_length=400, blank=True, default="")  # ';'-joined
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("account", "kind", "name"), name="saved_filter_once"),)

    def __str__(self) -> str:
        return f"{self.account_id} {self.name}"


class Merge(models.Model):
    """Two person ids are one person: what stood under ``dropped`` moved to ``kept``; ``moved`` says how to take it back."""

    kept = models.CharField(max_length=40)
    dropped = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    moved = models.JSONField(default=dict)  # table → list of row ids that were moved or merged away
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, blank=True, default="")
    undone_why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("dropped",), condition=Q(undone_at=None), name="merge_once"),
            models.CheckConstraint(condition=~Q(kept=F("dropped")), name="merge_two_people"),
        )

    def __str__(self) -> str:
        return f"{self.dropped} = {self.kept}"
