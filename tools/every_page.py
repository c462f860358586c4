"""Photograph every page of a played city, to be looked at: each page of the console, each book's list, form and first row.

``python tools/every_page.py --home HOME --into FOLDER [name …]`` takes them in Chinese and English, on a desktop and a phone,
and prints what no eye should have to find: an answer other than 200, a page wider than its screen, a code where a word
belongs. ``--sheets`` joins the pictures into sheets of several pages each (needs Pillow, which the project does not).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from tools.screenshots import SIZES, Served, log_in, speak

if TYPE_CHECKING:
    from playwright.sync_api import Page

LISTS = (
    "", "wall", "mine", "rounds", "chain", "tubes", "duties", "isolation", "isolation/home", "chase", "cases", "contacts",
    "chains", "warrants", "duplicates", "people", "people/register", "figures", "base-number", "report", "search", "inbox",
    "transfer", "restrictions", "ask", "my", "login",
)  # fmt: skip
# A page of another kind that the first such link of a list leads to.
ROWS = {
    "rounds": r"/rounds/[^/]+/$", "rounds/R4": r"/rounds/[^/]+/[^/]+/$", "chain": r"/boxes/[^/]+/$",
    "tubes": r"/tubes/[^/]+/$", "duties": r"/duties/[^/]+/$", "isolation": r"/isolation/(?!home)[^/]+/$",
    "cases": r"/cases/[^/]+/$", "contacts": r"/contacts/[^/]+/$", "people": r"/people/(?!register)[^/]+/$",
    "restrictions": r"/restrictions/(?!propose)[^/]+/$", "warrants": r"/warrants/[^/]+/$",
}  # fmt: skip
TALL, SHEET, GAP = 2600, 5, 12
OK = 200
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+:[a-z_]+:[a-z_]+\b|\bNone\b|%\(|&[a-z]+;|</?[a-z]+ ?/?>")


def books() -> list[str]:
    """The names of all books of the shelf."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bulou.config.settings"
    import django  # noqa: PLC0415 - after the settings are named

    django.setup()
    from bulou.exchange.shelf import BOOKS  # noqa: PLC0415 - after Django is set up

    return list(BOOKS)


def faults(page: Page, address: str, status: int) -> list[str]:
    """What is wrong with the page as it stands, as far as a machine sees it."""
    found = [] if status == OK else [f"{address}: {status}"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.append(f"{address}: {wide} px too wide")
    words = sorted(set(CODE.findall(page.locator("body").inner_text())))
    return [*found, f"{address}: codes {words[:8]}"] if words else found


def picture(page: Page, url: str, address: str, into: Path) -> tuple[list[str], str]:
    """Photograph a page whole, forms open; returns its faults, and the address of the first row that it lists."""
    answer = page.goto(f"{url}/{address}")
    page.evaluate("document.querySelectorAll('details.act-form').forEach((one, at) => { if (at < 3) one.open = true })")
    found = faults(page, address or "desk", answer.status if answer else 0)
    name = (address.strip("/") or "desk").replace("/", "~").replace(":", "+")
    tall = min(TALL, page.evaluate("document.documentElement.scrollHeight"))
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=into / f"{name}.png", full_page=True, clip={"x": 0, "y": 0, "width": width, "height": tall})
    links = page.eval_on_selector_all("main a", "all => all.map(one => one.getAttribute('href') || '')")
    wanted = ROWS.get(address.strip("/"), rf"/{address}[^/]+/$")
    row = next((one for one in links if re.match(wanted, one)), "")
    return found, row.lstrip("/")


def take(served: Served, names: Iterable[str], into: Path, variants: Iterable[tuple[str, str]]) -> list[str]:
    """Photograph pages and the first row of each; returns all faults."""
    found: list[str] = []
    with sync_playwright() as play:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for language, screen in variants:
            folder = into / f"{language}-{screen}"
            folder.mkdir(parents=True, exist_ok=True)
            width, height = SIZES[screen]
            context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
            speak(context, served.url, language)
            page = context.new_page()
            log_in(page, served.url, "leader")
            for name in names:
                address = f"{name}/" if name else ""
                faulty, row = picture(page, served.url, address, folder)
                if row and (name in ROWS or name not in LISTS):
                    faulty += picture(page, served.url, row, folder)[0]
                found += [f"{language}-{screen} {one}" for one in faulty]
            context.close()
        browser.close()
    return found


def sheets(folder: Path) -> None:
    """Join the pictures of a folder side by side, several on each sheet."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 - only for who looks at them

    every = sorted(one for one in folder.glob("*.png") if not one.name.startswith("sheet"))
    for start in range(0, len(every), SHEET):
        shown = [(one.stem, Image.open(one).convert("RGB")) for one in every[start : start + SHEET]]
        width = sum(one.width + GAP for _, one in shown)
        sheet = Image.new("RGB", (width, max(one.height for _, one in shown) + 3 * GAP), "#888")
        left = 0
        for name, one in shown:
            sheet.paste(one, (left, 3 * GAP))
            ImageDraw.Draw(sheet).text((left + GAP, GAP), name, fill="white")
            left += one.width + GAP
        sheet.save(folder / f"sheet-{start // SHEET:02}.png")


def main() -> int:
    """The script's door."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="pages to take; all when left out")
    parser.add_argument("--home", type=Path, required=True, help="a home in which a city was played")
    parser.add_argument("--into", type=Path, required=True, help="a folder outside of the repository")
    parser.add_argument("--only", default="", help="one variant: zh-desktop, zh-phone, en-desktop, en-phone")
    parser.add_argument("--sheets", action="store_true")
    given = parser.parse_args()
    os.environ["BULOU_HOME"] = str(given.home)
    names = given.names or [*LISTS, "rounds/R4", *books()]
    variants = [(language, screen) for language in ("zh", "en") for screen in SIZES]
    variants = [one for one in variants if given.only in ("", "-".join(one))]
    with Served(given.home) as served:
        found = take(served, names, given.into, variants)
    for language, screen in variants if given.sheets else ():
        sheets(given.into / f"{language}-{screen}")
    sys.stdout.write("\n".join([*found, f"{len(found)} faults"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
