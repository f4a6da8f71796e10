"""A register that holds one report; tests change what it says."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from msgspec import convert, to_builtins

from ledger.errors import NotKnownThen, NotRecorded
from ledger.seal.checkpoints import Sealing
from ledger.seal.witnesses import Horizon
from projections.answers.body import BodyFound, Paper
from projections.answers.changes import ChangesPage
from projections.answers.lists import ReportsPage
from projections.answers.meeting import MeetingNamed, MeetingsPage
from projections.answers.overview import Overview
from projections.answers.parts import NamedBody
from projections.answers.recommendation import RecommendationFound, RecommendationState
from projections.answers.report import ReportFound, ReportItself
from projections.answers.response import ResponseFound, ResponseWorking
from projections.as_of import AsOf
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
from tests.pages.whole import whole


@dataclass
class Asked:
    """The two dates of a question, and the register that it is answered by."""

    as_of: AsOf
    register: SimpleNamespace


@dataclass
class Named:
    """Which recommendation or response is asked about."""

    question: Asked
    stream: str
    name: tuple[str, ...]
    states: tuple[()] = ()
    retracted: None = None


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
        self.as_of = {"position": 57, "method": 2}

    def at(self, known_at: str | None, effective_on: str | None) -> Asked:
        settled = known_at is not None
        day = effective_on or "2025-11-25"
        dates = {"known_at": known_at, "settled": settled, "effective_on": day}
        panel = {"id": PANEL, "name": PANEL_NAME, "kind": "panel", "area": "cumbria"}
        bodies = [*self.overview_["bodies"], panel]
        registered = {one["id"]: SimpleNamespace(**({"panel": None} | one)) for one in bodies}
        always = SimpleNamespace(holds=lambda day: True)
        register = SimpleNamespace(bodies=registered, day=None, term=lambda body: always)
        return Asked(convert(self.as_of | dates, AsOf), register)

    def horizon(self) -> Horizon | None:
        return Horizon(self.seal.size, self.seal.sealed_at, None) if self.seal else None

    def title(self, at: Asked, reference: str) -> str | None:
        return str(self.report_["title"]) if reference == REPORT else None

    def overview(self, at: Asked) -> Overview:
        return whole(Overview, self.overview_ | {"as_of": to_builtins(at.as_of)})

    def body(self, at: Asked, body: str, most: int | None = None) -> BodyFound:
        if body not in NAMES:
            raise NotRecorded(f"“{body}” is not in the register.")
        named = {"report_title": self.report_["title"]}
        target = {"standing": "passed", "on": "2025-09-01", "original_on": "2025-06-01"}
        passed = self.recommendation_ | named | {"target": target | {"moves": 1, "days": 85}}
        claimed = self.recommendation_ | named
        counts = {"attention": 1, "passed": 1, "unanswered": 1, "claimed": 1, "refused": 0}
        meeting = {"panel": PANEL, "date": "2025-07-16"}
        return whole(
            BodyFound,
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
            | {"as_of": to_builtins(at.as_of)},
        )

    def since_then(self, at: Asked, meeting: MeetingNamed) -> SimpleNamespace:
        return SimpleNamespace(first=self.at(meeting.date, None), second=at)

    def paper(self, found: BodyFound, today: date) -> Paper:
        return pack.paper(found, today)

    def panel_of(self, found: BodyFound) -> str | None:
        return pack.panel_of(found)

    def reports(self, at: Asked, **asked: Any) -> ReportsPage:
        found = {"items": self.overview_["latest"], "next": self.next}
        return whole(ReportsPage, found | {"as_of": to_builtins(at.as_of)})

    def titles(self, at: Asked, references: list[str]) -> dict[str, str]:
        return {one: str(self.report_["title"]) for one in references if one == REPORT}

    def meetings(self, at: Asked, **asked: Any) -> MeetingsPage:
        days = ("2025-07-16", "2025-04-16")
        items = [{"panel": PANEL, "date": day} for day in days]
        return whole(MeetingsPage, {"items": items, "as_of": to_builtins(at.as_of)})

    def last_before(self, at: Asked, panel: str, day: str) -> MeetingNamed:
        return whole(MeetingNamed, {"panel": panel, "date": "2025-07-16"})

    def first_after(self, at: Asked, panel: str, day: str) -> None:
        return None

    def reviewed_now(self, at: Asked, reviewed: set[Any]) -> dict[Any, RecommendationState]:
        return {one: whole(RecommendationState, {"status": "open"}) for one in reviewed}

    def changes(self, at: Asked, between: Any, **asked: Any) -> ChangesPage:
        second = to_builtins(between.second.as_of)
        found = {
            "from": to_builtins(between.first.as_of),
            "to": second,
            "late_by": 14,
            "items": self.changed,
            "next": self.next,
            "backfill_left_out": 1,
            "as_of": second,
        }
        return whole(ChangesPage, found)

    def report(self, at: Asked, reference: str) -> ReportFound:
        if reference != REPORT:
            raise NotRecorded(f"No report “{reference}” is recorded.")
        return whole(ReportFound, self.report_ | {"as_of": to_builtins(at.as_of)})

    def inspected(self, owed: Named) -> ReportItself:
        return whole(ReportItself, self.report_)

    def raised(self, at: Asked, *name: str) -> Named:
        if at.as_of.known_at == "1":
            raise NotKnownThen("The recommendation was not known at position 1.")
        return Named(at, LIFE if name[1] == "9" else self.recommendation_["stream"], name)

    def recommendation(self, raised: Named) -> RecommendationFound:
        dated = {"as_of": to_builtins(raised.question.as_of)}
        if raised.name[1] == "9":
            dated |= {"number": "09", "key": "9", "status": "superseded", "stream": LIFE}
        return whole(RecommendationFound, self.recommendation_ | dated)

    def owed(self, at: Asked, report: str, body: str, name: str | None = None) -> Named:
        stream = OWED if body == "dorset-pcc" else self.response_["stream"]
        return Named(at, stream, (report, body))

    def response(self, owed: Named) -> ResponseFound:
        dated = {"as_of": to_builtins(owed.question.as_of), "stream": owed.stream}
        return whole(ResponseFound, self.response_ | dated)

    def meeting(self, at: Asked, panel: str, day: str) -> dict[str, Any]:
        stream = f"meeting/{panel}/{day}"
        if stream not in self.trails:
            raise NotRecorded(f"Nothing is recorded of the meeting of {day}.")
        of = {
            word: [one for one in self.trails[stream] if one["type"] == topic]
            for word, topic in (("papers", "paper-issued"), ("reviews", "recommendation-reviewed"))
        }
        return {"panel": panel, "date": day, "held": True, **of, "as_of": at.as_of}

    def working(self, owed: Named) -> ResponseWorking:
        return whole(ResponseWorking, WORKING | {"as_of": to_builtins(owed.question.as_of)})

    def offices_of(self, at: Asked, body: str) -> list[NamedBody]:
        return []

    def forces_of(self, at: Asked, body: str) -> list[str]:
        return [FORCE]

    def reports_near(self, at: Asked, given: str) -> list[tuple[str, str]]:
        return [(REPORT, str(self.report_["title"]))] if given.startswith("hmicfrs") else []

    def office_of(self, at: Asked, body: str) -> str:
        return PFCC if body == FORCE else body

    def trail_by_the_day(
        self, at: Asked, stream: str, order: str = "recorded", beside: Any = ()
    ) -> dict[str, Any]:
        return {"items": self.trails[stream], "later": 0, "order": order, "as_of": at.as_of}

    def trail(self, at: Asked, stream: str, order: str = "recorded") -> dict[str, Any]:
        return {"items": self.trails[stream], "as_of": at.as_of}
