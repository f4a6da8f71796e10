"""The walk that CONTRIBUTING.md tells a newcomer: each hop is a file, and a request passes it."""

import re
import sys
from pathlib import Path
from types import FrameType

from tests.api.site import FORCE, NOTE

ROOT = Path(__file__).parents[2]
HOP = re.compile(r"^[0-9]+\. `([a-z_/]+\.py)` `([a-z_]+)`: ", re.MULTILINE)


def test_an_update_walks_as_contributing_says(site, report):
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    told = HOP.findall(text)
    assert len(told) > 9
    for named in re.findall(r"`((?:api|ledger|projections)/[a-z_/]+\.py)`", text):
        assert (ROOT / named).is_file(), named
    passed: dict[tuple[str, str], None] = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        place = Path(frame.f_code.co_filename)
        if event == "call" and place.is_relative_to(ROOT):
            passed.setdefault((str(place.relative_to(ROOT)), frame.f_code.co_name))

    where = f"recommendations/{report.reference}/2/{FORCE}"
    with site.behind():
        sys.setprofile(note)
        try:
            site.clerk.records(
                f"/api/{where}/updates", {"text": "Done.", "occurred_on": None, "source": NOTE}
            )
            site.catch_up()
            page = site.anybody.get(f"/{where}")
        finally:
            sys.setprofile(None)

    assert page.status_code == 200
    assert [hop for hop in passed if hop in told] == told
