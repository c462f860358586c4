"""``python -m bulou.web.preview OUTDIR`` writes every page in both languages, as files for a browser."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import django
import django_htmx
from django.conf import settings
from django.utils import translation

WEB = Path(__file__).parent.parent


def configure() -> None:
    """Django with templates, translations and static files, and without a database."""
    settings.configure(
        SECRET_KEY="preview",  # noqa: S106 - signs nothing: no session, no request
        INSTALLED_APPS=["django.contrib.staticfiles", "django_htmx", "bulou.web"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        ROOT_URLCONF="bulou.web.preview.urls",
        STATIC_URL="static/",
        USE_I18N=True,
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
        LANGUAGE_CODE="zh-hans",
        LANGUAGES=[("zh-hans", "中文"), ("en", "English")],
    )
    django.setup()


def main() -> int:
    """Write ``LANGUAGE/NAME.html`` for every scene, with the static files beside them."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and one folder
        sys.stderr.write("usage: python -m bulou.web.preview OUTDIR\n")
        return 2
    out = Path(sys.argv[1])
    configure()
    from bulou.web.preview.pages import SCENES, render  # noqa: PLC0415 - templates and forms need configured settings

    for language in ("zh-hans", "en"):
        folder = out / language
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(WEB / "static", folder / "static", dirs_exist_ok=True)
        shutil.copytree(Path(django_htmx.__file__).parent / "static", folder / "static", dirs_exist_ok=True)
        with translation.override(language):
            for scene in SCENES:
                # A file has no root: the leading slash of static addresses would leave the folder.
                page = render(scene).replace('="/static/', '="static/')
                (folder / f"{scene.name}.html").write_text(page, encoding="utf-8")
    sys.stdout.write(f"{len(SCENES)} pages in two languages: {out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
