"""The office and those it deals with: a running service, and what each of them does over HTTP."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from api.cli import main
from tests.e2e.service import Service
from tests.story.reports import FORCE, HMICFRS, MAYOR, PANEL, PCC, Report

PEOPLE = {
    "keeper": (None, "admin"),
    "clerk": (PCC, "record"),
    "editor": (HMICFRS, "record"),
    "force": (FORCE, "record"),
    "panel": (PANEL, "record"),
    "mayors_clerk": (MAYOR, "record"),
    "mayors_deputy": (MAYOR, "record"),
}
BACKFILL = {"id": "the-year", "kind": "backfill"}
Filled = Mapping[tuple[str, str], Mapping[str, str]]
"""What the force writes into the rows of a sheet, by report and number."""


class Office(Service):
    """A service in which a year is told."""

    tokens: dict[str, str]
    _newest: int | None = None

    def run(self, *arguments: str) -> dict[str, Any]:
        """A command, in this process, since there are many: its JSON."""
        self._newest = None
        done = CliRunner().invoke(main, ["--json", *arguments, "--data", str(self.data)])
        # `status` ends with 1 where a part is not ready, as just after a day has passed.
        assert done.exit_code == 0 or arguments == ("status",), (arguments, done.output)
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def joins(self, *people: str) -> None:
        """They get an account and a token."""
        for who in people:
            body, scope = PEOPLE[who]
            whose = ["--body", body] if body else []
            role = who.replace("_", "-")
            made = self.run("token", "create", "--name", role, "--scope", scope, *whose)
            self.__dict__.setdefault("tokens", {})[who] = made["token"]

    def says(self, who: str, path: str, **said: Any) -> dict[str, Any]:
        """Somebody records an act, as a part of the backfill: the answer."""
        answer = self.tries(who, path, **said)
        assert answer.status_code == 201, (path, said, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    def tries(self, who: str, path: str, **said: Any) -> Any:
        """The answer to an act that may be refused."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        body = {"batch": BACKFILL, **said}
        self._newest = None
        return self.session.post(f"{self.url}/api/{path}", json=body, headers=headers, timeout=30)

    def act(self, who: str, path: str, **said: Any) -> str:
        """The same: the entry's id."""
        found: str = self.says(who, path, **said)["event"]["id"]
        return found

    def publishes(self, who: str, *reports: Report) -> None:
        """Reports come out, and somebody records them; of some, the publisher sends its page."""
        for report in reports:
            capture = self.keeps("editor", report.url) if report.held else None
            self.says(who, "reports", **report.asked(capture))

    def keeps(self, who: str, url: str) -> str:
        """A copy of a page is kept: the id of its capture."""
        self._newest = None
        answer = self.session.post(
            f"{self.url}/api/captures",
            files={"file": ("page.html", f"<p>{url}</p>".encode())},
            data={"url": url},
            headers={"Authorization": f"Bearer {self.tokens[who]}"},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        return answer.headers["Location"].rpartition("/")[2]

    def responds(
        self, who: str, report: str, published_on: str | None, *said: dict[str, Any], **more: Any
    ) -> dict[str, Any]:
        """A body publishes its response, with what it says of each recommendation."""
        body = more.pop("body", MAYOR if who.startswith("mayor") else PCC)
        return self.says(
            who,
            f"responses/{report}/{body}/statement",
            **{
                "published_on": published_on,
                "text": "I am grateful to the inspectors for this report.",
                "explanations": list(said),
                **more,
            },
        )

    def quarter(self, sheet: Path, body: str, filled: Filled, on: str) -> dict[str, Any]:
        """A sheet goes out, the force fills it in as of a day, and it is read back."""
        self.sends(sheet, body)
        return self.gets(sheet, body, filled, on)

    def sends(self, sheet: Path, body: str) -> None:
        self.run("export", "updates-sheet", str(sheet), "--body", body)

    def gets(self, sheet: Path, body: str, filled: Filled, on: str) -> dict[str, Any]:
        came = sheet.with_stem(f"{sheet.stem}-filled")
        fill_in(sheet, came, filled, on)
        note = "--url", f"https://westmoor.example/{came.name}"
        return self.run("import", str(came), "--body", body, "--layout", "updates", "--yes", *note)

    def asks(self, path: str, **query: Any) -> Any:
        """What the API says, once the read models have all that was recorded."""
        return self.get(f"/api/{path}", min_position=self.newest(), **query)

    def newest(self) -> int:
        """The position of the newest entry."""
        if self._newest is None:
            self._newest = int(self.run("status")["position"])
        return self._newest


def to(report: str, number: str) -> str:
    """The path of a recommendation to the force."""
    return f"recommendations/{report}/{number}/{FORCE}"


def rows(reports: Mapping[str, tuple[str, ...]], means: str, words: str) -> dict[Any, Any]:
    """Rows to fill in with the same claim."""
    said = {"update": f"{words}.", "claim as stated": words, "means": means}
    return {(report, number): said for report, numbers in reports.items() for number in numbers}


def fill_in(sheet: Path, came: Path, filled: Filled, on: str) -> None:
    """Fill in rows of a workbook as a spreadsheet does: read the values, write a new file."""
    book = CalamineWorkbook.from_path(str(sheet))
    left = dict(filled)
    with xlsxwriter.Workbook(came) as out:
        for name in book.sheet_names:
            page = out.add_worksheet(name)
            read = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            names = [str(cell) for cell in read[0]] if read else []
            for n, row in enumerate(read):
                if "check" in names and n:
                    said = left.pop((str(row[names.index("report")]), _number(row, names)), None)
                    for title, words in ({"occurred on": on} | dict(said) if said else {}).items():
                        row[names.index(title)] = words
                for column, cell in enumerate(row):
                    if cell != "":
                        page.write(n, column, cell)
    assert not left, f"not in the sheet: {sorted(left)}"


def _number(row: list[Any], names: list[str]) -> str:
    return str(row[names.index("number")])
