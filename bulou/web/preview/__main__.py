"""``python -m bulou.web.preview OUTDIR`` writes every page in both languages, as files for a browser."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import django
import django_htmx
from django.utils import translation

WEB = Path(__file__).parent.parent


def configure() -> None:
    """The console's own settings; nothing is read from a database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bulou.config.settings")
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
