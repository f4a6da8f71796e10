"""The pictures of the README, of a service that shows a made-up country:

    make demo                                          # in one terminal
    python -m tests.pictures http://127.0.0.1:8000     # in another: writes docs/pictures

Which pages are taken is found by asking the service: the office about which most is to be said, a
recommendation whose closure was refused, a response that can't be shown to be in time.
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import chromium

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PHONE, DESK = {"width": 375, "height": 760}, {"width": 1280, "height": 860}
WIDTHS = {"phone": PHONE, "desk": DESK}


def main(site: str) -> None:
    """Take each picture, and say how large it is."""
    asks = _Asks(site)
    if "made up" not in urlopen(f"{site}/").read().decode().lower():
        raise SystemExit(
            f"{site} does not show a made-up log: pictures of a real one are not ours."
        )
    office = asks.office()
    pages = [
        ("office", "phone", f"/bodies/{office}"),
        ("recommendation", "phone", asks.refused(office)),
        ("response", "desk", asks.page("responses", verdict="not_shown")),
        ("compliance", "desk", "/compliance"),
        ("pack", "desk", f"/bodies/{office}/pack"),
        ("another-day", "desk", f"/bodies/{office}?known_at=2022-06-30"),
    ]
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for name, width, page in pages:
            size = _take(browser, f"{site}{page}", WIDTHS[width], PICTURES / f"{name}.png")
            print(f"{name}.png  {size // 1024} KB  {width}  {page}")  # noqa: T201
        browser.close()


def _take(browser: Browser, address: str, width: Any, file: Path) -> int:
    page = browser.new_page(viewport=width, color_scheme="light")
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        raise SystemExit(f"{address} answers {answer and answer.status}.")
    page.screenshot(path=file)
    page.close()
    return file.stat().st_size


class _Asks:
    """The questions to the service that find the pages."""

    def __init__(self, site: str) -> None:
        self._site = site

    def _get(self, path: str, **asked: Any) -> Any:
        with urlopen(f"{self._site}/api/{path}?{urlencode(asked)}") as answer:
            return json.load(answer)

    def office(self) -> str:
        """The office with the most recommendations past their target, of the first twenty."""
        bodies = [one for one in self._get("bodies")["items"]
                  if one["kind"] == "local_policing_body"]  # fmt: skip
        counts: dict[str, Any] = {
            one["id"]: self._get(f"bodies/{one['id']}") for one in bodies[:20]
        }

        def wanting(body: str) -> int:
            names = ("attention", "passed", "refused")
            return sum(counts[body]["counts"].get(name) or 0 for name in names)

        return max(counts, key=wanting)

    def refused(self, office: str) -> str:
        """The page of a recommendation whose closure was refused."""
        claimed = self._get(f"bodies/{office}")["claimed"]
        found = next((one for one in claimed if one.get("refused")), None)
        if found is None:
            return self.page("recommendations", body=office, status="claimed_complete")
        return str(found["links"]["page"])

    def page(self, of: str, **asked: Any) -> str:
        """The page of the last of a list."""
        return str(self._get(of, limit=200, **asked)["items"][-1]["links"]["page"])


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
