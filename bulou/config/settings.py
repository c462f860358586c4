"""Django's settings, read from a few ``BULOU_*`` variables; safe defaults for one machine.

``BULOU_HOME`` (default ``./var``) holds the embedded database, the secret key and the drill's clock;
``BULOU_DATABASE_URL`` names another database; ``BULOU_POLICY`` the policy pack; ``BULOU_ENGINE`` the engine for sets.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url

HOME = Path(os.environ.get("BULOU_HOME", "var")).resolve()

ROOMS = (
    "ledger",
    "places",
    "units",
    "access",
    "people",
    "duties",
    "restrictions",
    "rounds",
    "investigation",
    "specimens",
    "isolation",
    "environment",
    "care",
    "channels",
    "hazards",
    "arrivals",
    "workforce",
    "institutions",
    "orders",
    "requests",
    "supplies",
    "zones",
    "notices",
    "testing",
    "transfer",
    "worklists",
    "reporting",
    "exchange",
    "api",
    "web",
)


def _secret_key() -> str:
    """The key from the environment, else one made for this home and kept readable by its owner only."""
    given = os.environ.get("BULOU_SECRET_KEY")
    if given:
        return given
    kept = HOME / "secret_key"
    if not kept.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(50))
    return kept.read_text()


def _database() -> dict[str, Any]:
    """The database of ``BULOU_DATABASE_URL``; SQLite is opened so that an acknowledged write survives a power cut."""
    url = os.environ.get("BULOU_DATABASE_URL", f"sqlite:///{HOME / 'bulou.sqlite3'}")
    found: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    if found["ENGINE"].endswith("sqlite3"):
        HOME.mkdir(parents=True, exist_ok=True)
        found["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    return found


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("BULOU_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("BULOU_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.Account"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    *(f"bulou.{room}" for room in ROOMS if (Path(__file__).parent.parent / room / "apps.py").exists()),
    "bulou.config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bulou.config.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "bulou.config.urls"
WSGI_APPLICATION = "bulou.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "web:desk"

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]

STATIC_URL = "/static/"
STATIC_ROOT = None  # served from the package by whitenoise; nothing is collected
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a shift; operational
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("BULOU_HTTPS") == "1"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BULOU_LOG", "WARNING")},
}

BULOU_HOME = HOME
BULOU_POLICY = os.environ.get("BULOU_POLICY", "guiyang-2022")
BULOU_ENGINE = os.environ.get("BULOU_ENGINE", "duckdb")

# Notices by e-mail (channels): the city's own mail server, without which e-mail channels fail and say so.
EMAIL_HOST = os.environ.get("BULOU_EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("BULOU_EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("BULOU_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("BULOU_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("BULOU_EMAIL_TLS", "") == "1"
EMAIL_TIMEOUT = 5  # seconds; the worker's pass waits for it
DEFAULT_FROM_EMAIL = os.environ.get("BULOU_EMAIL_FROM", "bulou@localhost")
BULOU_ADDRESS = os.environ.get("BULOU_ADDRESS", "").rstrip("/")  # of the console, for links in messages
