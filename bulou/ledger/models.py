"""Entries, their erasable personal payloads, and the seals over them."""

from __future__ import annotations

from django.db import models

from bulou.ledger.columns import CodeField


class Seal(models.Model):
    """A link of the chain: its entries by list, their Merkle root, and the seal before."""

    number = models.BigIntegerField(primary_key=True)
    previous = models.CharField(max_length=64)
    root = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    count = models.IntegerField()
    sealed_at = models.DateTimeField()
    # Ids are given out before commit, so a range would lose an entry that commits late: the seal lists its entries,
    # as [id, first 16 digits of its digest], and so can name the one that was altered.
    leaves = models.JSONField()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"#{self.number} {self.digest[:8]}"


class Entry(models.Model):
    """One fact: what, about what, in whose unit, by whom, when it happened and when it was recorded."""

    tag = models.CharField(max_length=48)
    subject = models.CharField(max_length=96)
    unit = CodeField()
    actor = models.TextField()  # canonical JSON: values at that time, not keys
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.TextField()  # canonical JSON
    commitment = models.CharField(max_length=64, blank=True, default="")
    digest = models.CharField(max_length=64)
    # Not part of the digest: the one column that changes after the insert, once, from NULL (a trigger guards it).
    seal = models.ForeignKey(Seal, null=True, on_delete=models.PROTECT, related_name="entries", db_index=False)

    class Meta:
        indexes = (
            models.Index(fields=("subject", "id"), name="entry_subject"),
            models.Index(fields=("recorded_at",), name="entry_recorded"),
            models.Index(fields=("seal",), name="entry_seal"),
            models.Index(fields=("id",), condition=models.Q(seal=None), name="entry_unsealed"),
        )

    def __str__(self) -> str:
        return f"{self.tag} {self.subject}"


class PersonalPayload(models.Model):
    """What an entry says of a person: kept apart under a salted commitment, erased by rule; the ledger still verifies.

    Erasing empties salt and body once and names the entry that did it (``erased_by``); the row stays, so that an erasure
    nobody recorded is seen. Nothing else changes a row, and nothing deletes one: triggers guard it.
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="personal")
    salt = models.CharField(max_length=32)
    body = models.TextField()
    erased_by = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="erased", db_index=False)

    class Meta:
        indexes = (
            models.Index(fields=("entry",), condition=models.Q(erased_by=None), name="payload_kept"),
            models.Index(fields=("erased_by",), condition=models.Q(erased_by__isnull=False), name="payload_erased_by"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(erased_by=None, body__gt="") | models.Q(erased_by__isnull=False, body="", salt=""),
                name="payload_kept_or_erased",
            ),
        )

    def __str__(self) -> str:
        return f"payload of {self.entry_id}"
