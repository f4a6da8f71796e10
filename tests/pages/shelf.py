"""Answers in the register's shapes, and a register that holds them."""

from copy import deepcopy
from typing import Any

from ledger.errors import NotKnownThen, NotRecorded

REPORT = "hmicfrs-2025-05-16-oic"
PFCC, FORCE, INSPECTORATE = "cumbria-pfcc", "cumbria-constabulary", "hmicfrs"
TITLE = "Improving the response to organised immigration crime"
NAMES = {
    PFCC: "Cumbria Police, Fire and Crime Commissioner",
    FORCE: "Cumbria Constabulary",
    INSPECTORATE: "HMICFRS",
}
STREAMS = (f"recommendation/{REPORT}/4/{FORCE}", f"response/{REPORT}/{PFCC}")
ASKED = (
    "By 31 December 2025, chief constables should make sure they have clear plans to collect, "
    "analyse and share information related to organised immigration crime."
)
PASSAGE = (
    "With regards to recommendation 4, I'm assured that Cumbria Police will work closely with "
    "HMICFRS to demonstrate clear plans. I'll be looking for assurance that the finalised plans is "
    "not only fit for purpose but also embedded into operational practice."
)
FINDINGS = (
    "In January 2024, the then Home Secretary commissioned HMICFRS to inspect how effectively the "
    "police and National Crime Agency tackle organised immigration crime.\n\nDuring the "
    "inspection, HMICFRS examined:\n- how the response of law enforcement agencies was led;\n- the "
    "management of information and intelligence; and\n- organisational learning."
)


def entry_id(position: int) -> str:
    return f"0197d000-0000-7000-8000-{position:012x}"


def entry(position: int, topic: str, recorded: str, **said: Any) -> dict[str, Any]:
    """An entry of a trail; `texts` maps a path to its words, None for one that is held."""
    data, texts = said.pop("data", {}), said.pop("texts", {})
    account = said.pop("recorded_by", f"{PFCC}/clerk-2")
    by = said.pop("by", PFCC)
    return {
        "id": entry_id(position),
        "position": position,
        "type": topic,
        "stream": "",
        "version": position,
        "occurred_on": None,
        "by": by,
        "by_name": NAMES[by],
        "provenance": "first_hand" if account.startswith(by) else "reported",
        "recorded_at": f"{recorded}.000000Z",
        "recorded_by": account,
        "data": data | {p: {"sha256": "0" * 64, "audience": "public"} for p in texts},
        "source": None,
        "texts": {p: {"text": w} if w else {"held": True} for p, w in texts.items()},
        "in_effect": True,
        "set_aside_by": None,
        "corrected_by": {},
    } | said


RECOMMENDATION: dict[str, Any] = {
    "report": REPORT,
    "report_title": TITLE,
    "number": "04",
    "key": "4",
    "addressee": FORCE,
    "addressee_name": NAMES[FORCE],
    "kind": "recommendation",
    "parent": None,
    "text": ASKED,
    "partners": ["College of Policing"],
    "status": "claimed_complete",
    "raised_on": "2025-05-16",
    "target": {
        "standing": "passed",
        "on": "2026-03-31",
        "original_on": "2025-12-31",
        "moves": 1,
        "days": 30,
    },
    "targets": [
        {"on": "2025-12-31", "phrase": "By 31 December 2025", "origin": "report", "set_on": None},
        {"on": "2026-03-31", "phrase": None, "origin": "force", "set_on": "2026-01-08"},
    ],
    "assurances": {
        "open": 1,
        "answered": 1,
        "items": [
            {
                "entry": entry_id(12),
                "of": FORCE,
                "of_name": NAMES[FORCE],
                "question": None,
                "reply_by": "2025-09-30",
                "occurred_on": "2025-07-14",
                "answered_by": entry_id(13),
            },
            {
                "entry": entry_id(99),
                "of": FORCE,
                "of_name": NAMES[FORCE],
                "question": "Are the plans embedded?",
                "reply_by": None,
                "occurred_on": None,
                "answered_by": None,
            },
        ],
    },
    "claim": {"means": "complete", "expected_on": None, "as_stated": None},
    "last_update_on": "2025-09",
    "stance": "not_stated",
    "statements": [
        {
            "entry": entry_id(11),
            "statement": "s1",
            "by": PFCC,
            "by_name": NAMES[PFCC],
            "how": "named",
            "stance": "not_stated",
            "text": PASSAGE,
            "reason": None,
            "occurred_on": "2025-07-10",
            "recorded_at": "2025-08-01T09:32:00.000000Z",
        }
    ],
    "closed": None,
    "stream": STREAMS[0],
}
RESPONSE: dict[str, Any] = {
    "report": REPORT,
    "report_title": TITLE,
    "body": PFCC,
    "body_name": NAMES[PFCC],
    "rule": {"id": "pa96-s55", "version": 1, "citation": "Police Act 1996, s.55(5) and (5A)"},
    "trigger_on": "2025-05-16",
    "due_on": "2025-07-10",
    "published_on": "2025-07-14",
    "verdict": "late",
    "days": 4,
    "at_least": False,
    "basis": "stated",
    "bases": {"trigger": "publisher", "published": "stated"},
    "coverage": {
        "listed_by": "response",
        "addressed": 4,
        "explained_by_due": 3,
        "explained_now": 4,
        "general": 1,
    },
    "parts": ["comments"],
    "comments_received_not_published": True,
    "improved_later": [],
    "headline": "4 days late, on the body’s own word, entered 22 days later.",
    "statements": [
        {
            "entry": entry_id(21),
            "text": f"I welcome the report.\n\n{PASSAGE}",
            "url": "https://cumbria-pfcc.example/responses/oic",
            "parts": ["comments", "chief_officer_comments"],
            "published_on": "2025-07-14",
            "recorded_at": "2025-08-05T09:32:00.000000Z",
        }
    ],
    "recommendations": [RECOMMENDATION],
    "stream": STREAMS[1],
}
TRAILS: dict[str, list[dict[str, Any]]] = {
    STREAMS[0]: [
        entry(
            10,
            "recommendation-raised",
            "2025-06-02T08:15:00",
            occurred_on="2025-05-16",
            by=INSPECTORATE,
            source={"url": "https://hmicfrs.example/oic"},
            data={"number": "04", "kind": "recommendation", "numbered_by": "publisher"},
            texts={"text": ASKED},
        ),
        entry(
            11,
            "commissioner-statement-issued",
            "2025-08-01T09:32:00",
            occurred_on="2025-07-11",
            known_on="2025-07-10",
            data={"statement": "s1", "how": "named", "stance": "not_stated"},
            texts={"text": PASSAGE},
            corrected_by={"published_on": entry_id(14)},
        ),
        entry(
            12,
            "assurance-sought",
            "2025-08-01T09:40:00",
            occurred_on="2025-07-14",
            data={"of": FORCE, "reply_by": "2025-09-30"},
            texts={"question": None},
        ),
        entry(
            13,
            "update-received",
            "2025-10-02T15:05:00",
            occurred_on="2025-09",
            by=FORCE,
            data={"claim": {"means": "complete"}, "answers": entry_id(12)},
            texts={"text": None, "claim.as_stated": "GREEN", "source.note": "e-mail of 3 March"},
            source={"note": {"sha256": "0" * 64}},
        ),
        entry(
            14,
            "entry-corrected",
            "2025-10-03T10:00:00",
            data={
                "target": entry_id(11),
                "field": "published_on",
                "was": "2025-07-11",
                "now": "2025-07-10",
            },
            texts={"reason": "Typed from the wrong line."},
        ),
        entry(
            15,
            "closure-confirmed",
            "2026-03-09T10:00:00",
            occurred_on="2026-03-03",
            by=INSPECTORATE,
            texts={"reason": "Evidence of the plans was seen.", "source.note": "letter of 3 March"},
            in_effect=False,
            set_aside_by=entry_id(16),
        ),
        entry(
            16,
            "entry-retracted",
            "2026-03-10T10:00:00",
            data={"target": entry_id(15)},
            texts={"reason": "The letter was about recommendation 8."},
        ),
        entry(
            17,
            "target-date-set",
            "2026-03-11T10:00:00",
            occurred_on="2026-01-08",
            data={"on": "2026-03-31", "origin": "force"},
            texts={"reason": "The plans wait for the regional unit."},
            by=FORCE,
        ),
    ],
    STREAMS[1]: [
        entry(
            20,
            "response-duty-arose",
            "2025-06-02T08:15:00",
            occurred_on="2025-05-16",
            data={
                "rule": {"id": "pa96-s55", "version": 1},
                "trigger": entry_id(9),
                "trigger_on": "2025-05-16",
                "due_on": "2025-07-10",
                "counting": "16 May 2025 is day 1, 10 July 2025 is day 56.",
            },
        ),
        entry(
            21,
            "response-published",
            "2025-08-05T09:32:00",
            occurred_on="2025-07-14",
            data={"statement": "s1", "parts": ["comments"], "url": "https://cumbria-pfcc.example/"},
            texts={"text": PASSAGE},
        ),
        entry(
            22,
            "chief-officer-comments-received",
            "2025-08-05T09:40:00",
            by=FORCE,
            texts={"text": None},
        ),
    ],
}
WORKING = {
    "used": [{"entry": entry_id(21), "basis": "stated"}],
    "set_aside": [{"entry": entry_id(8), "by": entry_id(16)}],
    "sentences": [
        "The report was published on 16 May 2025, as the publisher’s own page says, of which a "
        "copy is held here.",
        "16 May 2025 is day 1, 10 July 2025 is day 56.",
        "A response was published on 14 July 2025, on the body’s own word.",
        RESPONSE["headline"],
    ],
}
ITEM = {
    "report": REPORT,
    "title": TITLE,
    "kind": "national_thematic",
    "publisher": INSPECTORATE,
    "publisher_name": NAMES[INSPECTORATE],
    "published_on": "2025-05-16",
    "basis": "publisher",
    "recommendations": 1,
    "responses": 2,
}


class Shelf:
    """A register that holds one report; tests change what it says."""

    def __init__(self) -> None:
        second = RECOMMENDATION | {"addressee": "dorset-police", "addressee_name": "Dorset Police"}
        other = RESPONSE | {"body": "dorset-pcc", "body_name": "Dorset PCC", "published_on": None}
        none = {"trigger": "stated", "published": None}
        overdue = other | {"verdict": "overdue", "days": 138, "bases": none}
        self.response_ = deepcopy(RESPONSE)
        self.recommendation_ = deepcopy(RECOMMENDATION)
        self.trails = deepcopy(TRAILS)
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
                {"id": one, "name": name, "kind": kind, "area": "cumbria"}
                for (one, name), kind in zip(
                    NAMES.items(), ("local_policing_body", "force", "inspectorate"), strict=True
                )
            ],
        }
        self.next: str | None = None
        self.as_of = {"known_at": None, "position": 57, "settled": False}

    def at(self, known_at: str | None, effective_on: str | None) -> dict[str, Any]:
        settled = known_at is not None
        day = effective_on or "2025-11-25"
        return self.as_of | {"known_at": known_at, "settled": settled, "effective_on": day}

    def overview(self, at: dict[str, Any]) -> dict[str, Any]:
        return self.overview_ | {"as_of": at}

    def bodies(self, at: dict[str, Any]) -> dict[str, Any]:
        return {"items": self.overview_["bodies"], "as_of": at}

    def reports(self, at: dict[str, Any], **asked: Any) -> dict[str, Any]:
        return {"items": self.overview_["latest"], "next": self.next, "as_of": at}

    def report(self, at: dict[str, Any], reference: str) -> dict[str, Any]:
        if reference != REPORT:
            raise NotRecorded(f"No report “{reference}” is recorded.")
        return self.report_ | {"as_of": at}

    def recommendation(self, at: dict[str, Any], *name: str) -> dict[str, Any]:
        if at["known_at"] == "1":
            raise NotKnownThen("The recommendation was not known at position 1.")
        return self.recommendation_ | {"as_of": at}

    def response(self, at: dict[str, Any], *name: str) -> dict[str, Any]:
        return self.response_ | {"as_of": at}

    def working(self, at: dict[str, Any], *name: str) -> dict[str, Any]:
        return WORKING | {"as_of": at}

    def trail(self, at: dict[str, Any], stream: str) -> dict[str, Any]:
        return {"items": self.trails[stream], "as_of": at}
