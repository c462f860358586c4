"""Accounts, tokens, and the log of who read what about whom."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from bulou.kernel.actor import Role
from bulou.ledger.columns import CodeField
from bulou.units.models import Post, Staff, choices_of


class AccountManager(BaseUserManager["Account"]):
    """Creates accounts; Django's log-in asks it for them by name."""

    def create_account(self, username: str, password: str | None, **fields: Any) -> Account:
        """An account with a hashed password, or none that can log in when ``password`` is None."""
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """Who can log in. What it may do follows from the posts that its person holds at that instant.

    ``fixed_role`` and ``fixed_unit`` serve accounts without a person: the wall screen, the operator.
    """

    username = models.CharField(max_length=64, unique=True)
    staff = models.OneToOneField(Staff, null=True, on_delete=models.PROTECT, related_name="account")
    fixed_role = models.CharField(max_length=24, blank=True, default="", choices=choices_of(Role))
    fixed_unit = CodeField(blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = AccountManager()

    class Meta:
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(staff=None, fixed_role__gt="", fixed_unit__gt="")
                | models.Q(staff__isnull=False, fixed_role="", fixed_unit=""),
                name="account_staff_or_fixed",
            ),
        )

    def __str__(self) -> str:
        return self.username


class Token(models.Model):
    """A device's or laboratory's key to the API: only its digest is stored."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    post = models.ForeignKey(Post, null=True, on_delete=models.PROTECT, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.account_id} {self.label}"


class ReadLog(models.Model):
    """One look at personal data: who, for what purpose, about whom (or how many), when. Shown to the person concerned."""

    read_at = models.DateTimeField()
    account = models.CharField(max_length=64)
    unit = CodeField()
    door = models.CharField(max_length=12)
    purpose = models.CharField(max_length=80)
    subject = models.CharField(max_length=96)
    count = models.IntegerField(default=1)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("subject", "-id"), name="readlog_subject"),)

    def __str__(self) -> str:
        return f"{self.account} {self.subject}"
