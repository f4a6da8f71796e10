"""A register that holds one report; tests change what it says."""

from copy import deepcopy
from datetime import date
from types import SimpleNamespace
from typing import Any

from ledger.errors import NotKnownThen, NotRecorded
from ledger.seal.checkpoints import Sealing
from ledger.seal.witnesses import Horizon
from projections.questions import pack
from tests.pages.answers import (
    FINDINGS,
    FORCE,
    ITEM,
    NAMES,
    PFCC,
    RECOMMENDATION,
    REPORT,
    RESPONSE,
    WORKING,
)
from tests.pages.changed import ITEMS
from tests.pages.lives import LIFE, LIVES, OWED, PANEL, PANEL_NAME
from tests.pages.trails import TRAILS


class Shaped(dict[str, Any]):
    """An answer that is read by attribute, as the structs are: what is not in it is None."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get("from" if name == "from_" else name)


def shaped(value: Any) -> Any:
    """Return an answer with everything in it read by attribute, too."""
    match value:
        case Asked():
            return value
        case dict():
            return Shaped({name: shaped(inner) for name, inner in value.items()})
        case list():
            return [shaped(inner) for inner in value]
        case _:
            return value


class Asked(Shaped):
    """The two dates of a question, and the register that it is answered by."""

    register: SimpleNamespace

    @property
    def as_of(self) -> "Asked":
        return self


class Answering:
    """Answers what a shelf does, each answer read by attribute."""

    def __init__(self, shelf: "Shelf") -> None:
        self._shelf = shelf

    def __getattr__(self, name: str) -> Any:
        answer = getattr(self._shelf, name)

        def answered(*args: Any, **more: Any) -> Any:
            return shaped(answer(*args, **more))

        return answered


class Shelf:
    """The register's questions, answered from what lies here."""

    def __init__(self) -> None:
        second = RECOMMENDATION | {"addressee": "dorset-police", "addressee_name": "Dorset Police"}
        other = RESPONSE | {"body": "dorset-pcc", "body_name": "Dorset PCC", "published_on": None}
        none = {"trigger": "stated", "published": None}
        overdue = other | {"verdict": "overdue", "days": 138, "bases": none}
        self.response_ = deepcopy(RESPONSE)
        self.recommendation_ = deepcopy(RECOMMENDATION)
        self.trails = deepcopy(TRAILS | LIVES)
        self.report_: dict[str, Any] = deepcopy(ITEM) | {
            "same_as": ["https://hmicfrs.example/oic"],
            "cites": "Section 33 of the Police Act 1996",
            "key_findings": FINDINGS,
            "recommendations": [deepcopy(RECOMMENDATION), second],
            "responses": [overdue, deepcopy(RESPONSE)],
        }
        self.overview_: dict[str, Any] = {
            "reports": 1,
            "recommendations": {"open": 3, "claimed_complete": 1, "closed": 2},
            "responses": {"late": 1, "overdue": 2, "in_time": 31, "not_shown": 4, "due": 1},
            "latest": [deepcopy(ITEM)],
            "bodies": [
                {
                    "id": one,
                    "name": name,
                    "kind": kind,
                    "area": "cumbria",
                    "panel": PANEL,
                    "in_office": True,
                }
                for (one, name), kind in zip(
                    NAMES.items(), ("local_policing_body", "force", "inspectorate"), strict=True
                )
            ],
        }
        self.next: str | None = None
        self.seal: Sealing | None = None
        self.synthetic = False
        self.body_: dict[str, Any] = {}
        self.changed = deepcopy(ITEMS)
        self.as_of = {"known_at": None, "position": 57, "settled": False}

    def at(self, known_at: str | None, effective_on: str | None) -> Asked:
        settled = known_at is not None
        day = effective_on or "2025-11-25"
        asked = Asked(self.as_of | {"known_at": known_at, "settled": settled, "effective_on": day})
        bodies = self.bodies(asked)["items"]
        panels = {one["id"]: SimpleNamespace(**({"panel": None} | one)) for one in bodies}
        asked.register = SimpleNamespace(bodies=panels)
        return asked

    def horizon(self) -> Horizon | None:
        return Horizon(self.seal.size, self.seal.sealed_at, None) if self.seal else None

    def title(self, at: Asked, reference: str) -> str | None:
        return str(self.report_["title"]) if reference == REPORT else None

    def overview(self, at: dict[str, Any]) -> dict[str, Any]:
        return self.overview_ | {"as_of": at}

    def bodies(self, at: dict[str, Any]) -> dict[str, Any]:
        panel = {"id": PANEL, "name": PANEL_NAME, "kind": "panel", "area": "cumbria"}
        return {"items": [*self.overview_["bodies"], panel], "as_of": at}

    def body(self, at: dict[str, Any], body: str, most: int | None = None) -> dict[str, Any]:
        if body not in NAMES:
            raise NotRecorded(f"“{body}” is not in the register.")
        named = {"report_title": self.report_["title"]}
        target = {"standing": "passed", "on": "2025-09-01", "original_on": "2025-06-01"}
        passed = self.recommendation_ | named | {"target": target | {"moves": 1, "days": 85}}
        claimed = self.recommendation_ | named
        counts = {"attention": 1, "passed": 1, "unanswered": 1, "claimed": 1, "refused": 0}
        meeting = {"panel": PANEL, "date": "2025-07-16"}
        return (
            {
                "id": body,
                "name": NAMES[body],
                "follows": [],
                "followed_by": None,
                "successors": [],
                "taken_over": {"responses": [], "recommendations": []},
                "reports": 1,
                "kind": "local_policing_body",
                "panel": PANEL,
                "published": 0,
                "counts": counts | {"reopened": 0, "claimed_after_target": 0, "entries_since": 37},
                "responses": {"late": 1},
                "recommendations": {"open": 3, "closed": 2},
                "attention": [self.response_ | named],
                "passed": [passed],
                "claimed": [claimed],
                "decided": [],
                "unanswered": [passed | {"assurance": passed["assurances"]["items"][-1]}],
                "last_meeting": meeting,
            }
            | self.body_
            | {"as_of": at}
        )

    def since_then(self, at: Asked, meeting: dict[str, Any]) -> SimpleNamespace:
        return SimpleNamespace(first=self.at(meeting["date"], None), second=at)

    def paper(self, found: dict[str, Any], today: date) -> dict[str, Any]:
        return pack.paper(found, today)

    def reports(self, at: dict[str, Any], **asked: Any) -> dict[str, Any]:
        return {"items": self.overview_["latest"], "next": self.next, "as_of": at}

    def titles(self, at: dict[str, Any], references: list[str]) -> dict[str, str]:
        return {one: str(self.report_["title"]) for one in references if one == REPORT}

    def meetings(self, at: dict[str, Any], **asked: Any) -> dict[str, Any]:
        days = ("2025-07-16", "2025-04-16")
        return {"items": [{"panel": PANEL, "date": day} for day in days], "as_of": at}

    def last_before(self, at: dict[str, Any], panel: str, day: str) -> dict[str, Any]:
        return {"panel": panel, "date": "2025-07-16"}

    def first_after(self, at: dict[str, Any], panel: str, day: str) -> None:
        return None

    def reviewed_now(self, at: dict[str, Any], reviewed: set[Any]) -> dict[Any, Any]:
        return {one: {"status": "open"} for one in reviewed}

    def changes(self, at: Asked, between: Any, **asked: Any) -> dict[str, Any]:
        return {
            "from": between.first,
            "to": between.second,
            "since_meeting": None,
            "late_by": 14,
            "items": self.changed,
            "next": self.next,
            "backfill_left_out": 1,
            "as_of": between.second,
        }

    def report(self, at: dict[str, Any], reference: str) -> dict[str, Any]:
        if reference != REPORT:
            raise NotRecorded(f"No report “{reference}” is recorded.")
        return self.report_ | {"as_of": at}

    report_itself = report

    def recommendation(
        self, at: dict[str, Any], *name: str, with_trail: bool = False
    ) -> dict[str, Any]:
        if at["known_at"] == "1":
            raise NotKnownThen("The recommendation was not known at position 1.")
        if name[1] == "9":
            lived = {"number": "09", "key": "9", "status": "superseded", "stream": LIFE}
            return self.recommendation_ | lived | {"as_of": at}
        return self.recommendation_ | {"as_of": at}

    def response(self, at: dict[str, Any], *name: str, with_trail: bool = False) -> dict[str, Any]:
        if name[1] == "dorset-pcc":
            return self.response_ | {"stream": OWED, "as_of": at}
        return self.response_ | {"as_of": at}

    def meeting(self, at: dict[str, Any], panel: str, day: str) -> dict[str, Any]:
        stream = f"meeting/{panel}/{day}"
        if stream not in self.trails:
            raise NotRecorded(f"Nothing is recorded of the meeting of {day}.")
        of = {
            word: [one for one in self.trails[stream] if one["type"] == topic]
            for word, topic in (("papers", "paper-issued"), ("reviews", "recommendation-reviewed"))
        }
        return {"panel": panel, "date": day, "held": True, **of, "as_of": at}

    def working(self, at: dict[str, Any], *name: str) -> dict[str, Any]:
        return WORKING | {"as_of": at}

    def offices_of(self, at: dict[str, Any], body: str) -> list[dict[str, Any]]:
        return []

    def forces_of(self, at: dict[str, Any], body: str) -> list[str]:
        return [FORCE]

    def reports_near(self, at: dict[str, Any], given: str) -> list[tuple[str, str]]:
        return [(REPORT, str(self.report_["title"]))] if given.startswith("hmicfrs") else []

    def office_of(self, at: dict[str, Any], body: str) -> str:
        return PFCC if body == FORCE else body

    def trail_by_the_day(
        self, at: dict[str, Any], stream: str, order: str = "recorded"
    ) -> dict[str, Any]:
        return {"items": self.trails[stream], "later": 0, "order": order, "as_of": at}

    def trail(self, at: dict[str, Any], stream: str, order: str = "recorded") -> dict[str, Any]:
        return {"items": self.trails[stream], "as_of": at}
