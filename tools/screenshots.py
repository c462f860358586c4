"""Take the pictures of ``docs/images``: a demonstration city is played and served, and every page photographed.

``python tools/screenshots.py [name …]`` takes all pages of ``PAGES``, or those named. Each is taken as ``VARIANTS`` say:
in Chinese and English, on a desktop and a phone, light and dark. ``--home`` uses a city that was played before;
``--all`` takes every combination, into ``--into``, to look at. A new page is one line in ``PAGES``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Self

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

ROOT = Path(__file__).resolve().parent.parent
START = "import sys; from bulou.commands.main import run; sys.exit(run(sys.argv[1:]))"
PASSWORD = "bulou-demo-2022"  # noqa: S105 - of a synthetic city, printed by the drill
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@dataclass(frozen=True, slots=True)
class Shot:
    """A page of the tour: its address, or the address from which a link with a text leads to it."""

    name: str
    address: str
    follow: str = ""
    account: str = "leader"


PAGES = (
    Shot("desk", "/"),
    Shot("mine", "/mine/", account="district"),
    Shot("rounds", "/rounds/"),
    Shot("round", "/rounds/R4/"),
    Shot("chain", "/chain/"),
    Shot("duty", "/duties/?line=D16", follow="两社区交界处"),
    Shot("transfer", "/transfer/"),
    Shot("isolation", "/isolation/"),
    Shot("isolation_site", "/isolation/", follow="晨光酒店"),
    Shot("isolation_release", "/isolation/", follow="云栖酒店", account="manager"),
    Shot("home", "/isolation/home/"),
    Shot("restrictions", "/restrictions/"),
    Shot("chase", "/chase/"),
    Shot("case", "/cases/", follow="C1"),
    Shot("chains", "/chains/"),
    Shot("environment", "/environment/"),
    Shot("institutions", "/institutions/"),
    Shot("care", "/care/"),
    Shot("provisions", "/provisions/"),
    Shot("provision", "/provisions/forgotten/"),
    Shot("needs", "/needs/"),
    Shot("points", "/points/"),
    Shot("supplies", "/supplies/"),
    Shot("figures", "/figures/"),
    Shot("base-number", "/base-number/"),
    Shot("person", "/people/?need=aged_80", follow="**"),
    Shot("resident-form", "/people/register/"),
    Shot("report", "/report/"),
    Shot("inbox", "/inbox/"),
)
# Language, screen and scheme of the pictures that the documents show.
VARIANTS = (("zh", "desktop", "light"), ("zh", "phone", "light"), ("en", "desktop", "dark"), ("en", "phone", "dark"))
EVERY = tuple(product(("zh", "en"), SIZES, ("light", "dark")))


class Served:
    """A served city in a home of its own; ended by its own process id."""

    def __init__(self, home: Path) -> None:
        """Nothing runs yet."""
        self.environment = dict(os.environ, BULOU_HOME=str(home), PYTHONPATH=str(ROOT))
        self.environment.pop("BULOU_DATABASE_URL", None)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def play(self, residents: int, seed: int) -> None:
        """Found a city in the home and play its day."""
        command = [sys.executable, "-c", START, "drill", "--residents", str(residents), "--seed", str(seed)]
        done = subprocess.run(command, check=False, env=self.environment, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            message = f"the day was not played as planned: {done.stdout[-1500:]} {done.stderr[-1500:]}"
            raise RuntimeError(message)

    def __enter__(self) -> Self:
        """Serve, and wait until it answers."""
        command = [sys.executable, "-c", START, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, cwd=ROOT)
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{self.url}/readyz", timeout=2).close()  # noqa: S310
            except OSError:
                time.sleep(0.25)
            else:
                return self
        self.__exit__()
        message = "the server did not answer within a minute"
        raise TimeoutError(message)

    def __exit__(self, *_: object) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)


def log_in(page: Page, url: str, account: str) -> None:
    """Log in as somebody of the demonstration city."""
    page.goto(f"{url}/login/")
    page.fill("input[name=username]", account)
    page.fill("input[name=password]", PASSWORD)
    page.click("form:has(input[name=password]) button")
    page.wait_for_load_state()


def speak(context: BrowserContext, url: str, language: str) -> None:
    """Read pages in a language from now on."""
    context.add_cookies([{"name": "django_language", "value": {"zh": "zh-hans", "en": "en"}[language], "url": url}])


def take(served: Served, shots: list[Shot], variants: tuple[tuple[str, str, str], ...], into: Path) -> None:
    """Photograph pages; an account logs in once for each variant."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for account in sorted({shot.account for shot in shots}):
            for language, screen, scheme in variants:
                width, height = SIZES[screen]
                context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
                speak(context, served.url, language)
                page = context.new_page()
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                log_in(page, served.url, account)
                for shot in (one for one in shots if one.account == account):
                    page.goto(f"{served.url}{shot.address}")
                    if shot.follow:
                        page.get_by_role("link", name=shot.follow).first.click()
                        page.wait_for_load_state()
                    page.screenshot(path=into / f"{shot.name}-{language}-{screen}-{scheme}.png")
                context.close()
        browser.close()


def main() -> int:
    """The script's door."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="pages to take; all when left out")
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--home", type=Path, help="a home in which a city was played; one is played when left out")
    parser.add_argument("--residents", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--all", action="store_true", help="every language, screen and scheme")
    given = parser.parse_args()
    known = {shot.name: shot for shot in PAGES}
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"no such page: {', '.join(unknown)}; known: {', '.join(known)}")
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bulou-pictures-") as fresh:
        city = Served(given.home or Path(fresh))
        if given.home is None:
            city.play(given.residents, given.seed)
        with city as served:
            take(served, [known[name] for name in given.names] or list(PAGES), EVERY if given.all else VARIANTS, given.into)
    return 0


if __name__ == "__main__":
    sys.exit(main())
