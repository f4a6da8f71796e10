"""Trails that lived through everything: every event that a page shows, in the register's shape."""

from typing import Any

from tests.pages.answers import ASKED, FORCE, INSPECTORATE, PASSAGE, PFCC, REPORT, entry_id
from tests.pages.trails import entry

PANEL, DAY = "cumbria-panel", "2026-04-16"
PANEL_NAME = "Cumbria Police, Fire and Crime Panel"
CLERK, INSPECTOR = f"{PFCC}/clerk-2", f"{INSPECTORATE}/editor"
LIFE = f"recommendation/{REPORT}/9/{FORCE}"
OWED = f"response/{REPORT}/dorset-pcc"
MEETING = f"meeting/{PANEL}/{DAY}"
EMPTY = f"meeting/{PANEL}/2026-07-16"
REST = "everything else"
LETTER = "letter of 3 March"
OTHER = {"report": REPORT, "number": "4", "addressee": FORCE}
_place = iter(range(100, 1000))


def _next(topic: str, recorded: str, **said: Any) -> dict[str, Any]:
    return entry(next(_place), topic, f"{recorded}T10:00:00", **said)


def _life() -> list[dict[str, Any]]:
    raised = _next(
        "recommendation-raised",
        "2025-06-02",
        occurred_on="2025-05-16",
        by=INSPECTORATE,
        source={"url": "https://hmicfrs.example/oic"},
        data={"number": "09", "kind": "cause_of_concern", "numbered_by": "publisher"},
        texts={"text": ASKED},
    )
    stated = _next(
        "commissioner-statement-issued",
        "2025-08-01",
        occurred_on="2025-07-10",
        data={"statement": "s1", "how": "named", "stance": "no_action"},
        texts={"text": PASSAGE, "reason": "It is done already."},
    )
    target = _next(
        "target-date-set",
        "2025-08-01",
        occurred_on="2025-07-14",
        data={"on": "2026-03-31", "origin": "internal"},
        texts={"reason": "The regional unit starts then."},
    )
    sought = _next(
        "assurance-sought",
        "2025-08-01",
        occurred_on="2025-07-14",
        data={"of": FORCE, "reply_by": "2025-09-30"},
        texts={"question": "Are the plans embedded?"},
    )
    update = _next(
        "update-received",
        "2025-10-02",
        occurred_on="2025-09",
        by=FORCE,
        data={"claim": {"means": "complete"}, "answers": sought["id"]},
        texts={"text": "Nearly all of it is done.", "claim.as_stated": "GREEN"},
        source={"note": {"sha256": "0" * 64}},
    )
    disputed = _next(
        "entry-disputed",
        "2025-10-20",
        by=FORCE,
        recorded_by=f"{FORCE}/audit",
        data={"target": update["id"]},
        texts={"text": "We wrote “on track”, not “complete”."},
    )
    update["disputed_by"] = [disputed["id"]]
    reason = {"reason": "The evidence was seen, and is enough.", "source.note": LETTER}
    note = {"source": {"note": {"sha256": "0" * 64}}}
    redaction = _next(
        "redaction-sought",
        "2025-11-03",
        data={"target": sought["id"], "field": "question", "basis": "personal_data"},
    )
    return [
        raised,
        stated,
        target,
        sought,
        update,
        disputed,
        _next("text-released", "2025-11-03", data={"target": update["id"], "field": "text"}),
        redaction,
        _next(
            "text-redacted",
            "2025-11-03",
            data={
                "target": sought["id"],
                "field": "question",
                "basis": "personal_data",
                "sought": redaction["id"],
                "length": 61,
            },
        ),
        _next(
            "closure-proposed",
            "2025-11-04",
            occurred_on="2025-11-03",
            texts={"reason": "The plans are embedded."},
        ),
        _next(
            "closure-refused",
            "2025-12-02",
            occurred_on="2025-12-01",
            by=INSPECTORATE,
            texts={"reason": "No evidence was sent.", "source.note": LETTER},
            **note,
        ),
        _next(
            "closure-confirmed",
            "2026-03-09",
            occurred_on="2026-03-03",
            by=INSPECTORATE,
            texts=reason,
            **note,
        ),
        _next(
            "reopened",
            "2026-05-04",
            occurred_on="2026-05-01",
            by=INSPECTORATE,
            recorded_by=INSPECTOR,
            texts={"reason": "It came back in the next inspection."},
        ),
        _next(
            "withdrawn",
            "2026-06-01",
            by=INSPECTORATE,
            texts={"reason": "Word of mouth.", "source.note": None},
            **note,
        ),
        _next(
            "superseded",
            "2026-07-01",
            occurred_on="2026-06",
            by=INSPECTORATE,
            recorded_by=INSPECTOR,
            data={"superseded_by": OTHER},
            texts={"reason": "Recommendation 4 asks for more."},
        ),
    ]


def _owed() -> list[dict[str, Any]]:
    return [
        _next(
            "response-duty-arose",
            "2025-06-02",
            occurred_on="2025-05-16",
            data={
                "rule": {"id": "manual", "version": 1},
                "trigger": entry_id(9),
                "due_on": "2025-07-10",
                "counting": "10 July 2025 is the day that the source gives.",
            },
        ),
        _next(
            "chief-officer-comments-invited",
            "2025-06-03",
            occurred_on="2025-06-03",
            data={"reply_by": "2025-06-20"},
        ),
        _next(
            "chief-officer-comments-received", "2025-06-24", by=FORCE, texts={"text": "We agree."}
        ),
        _next(
            "extension-granted",
            "2025-07-02",
            data={"applied_on": "2025-06-30", "granted_on": "2025-07-01", "due_on": "2025-09-01"},
            texts={"granted_by": "The Home Office", "basis": "The election."},
        ),
        _next(
            "response-looked-for",
            "2025-08-01",
            occurred_on="2025-07-31",
            data={"url": "https://cumbria-pfcc.example/responses"},
            texts={"where": "The page of responses to inspections."},
        ),
        _next(
            "response-published",
            "2025-08-05",
            occurred_on="2025-07-14",
            data={"statement": "s1", "parts": ["comments", "reply"]},
            texts={"text": PASSAGE},
        ),
        _next(
            "statement-revised",
            "2025-09-08",
            occurred_on="2025-09-07",
            data={
                "statement": "s1",
                "field": "passage",
                "number": "02",
                "addressee": FORCE,
                "how": "named",
            },
            texts={"was": PASSAGE, "now": "I have sought assurance, and have it."},
        ),
        _next(
            "copy-sent", "2025-08-06", occurred_on="2025-08-05", data={"to": "secretary_of_state"}
        ),
        _next(
            "duty-disapplied",
            "2026-05-03",
            data={"basis": "same_findings_as", "same_as_report": "hmicfrs-2024-oic"},
            texts={"decided_by": "The commissioner’s monitoring officer"},
        ),
        _next(
            "duty-confirmed",
            "2026-05-20",
            data={},
            texts={"reason": "The force was inspected, as chapter 3 of the report says."},
        ),
    ]


def _at_meeting(topic: str, recorded: str, **said: Any) -> dict[str, Any]:
    said = {"stream": MEETING} | said
    first_hand = {"by_name": PANEL_NAME, "provenance": "first_hand"}
    return _next(topic, recorded, recorded_by=f"{PANEL}/officer", **first_hand, **said)


def _meeting() -> list[dict[str, Any]]:
    paper = _at_meeting(
        "paper-issued",
        "2026-04-09",
        occurred_on="2026-04-08",
        data={"known_at": 41, "effective_on": "2026-04-01", "capture": "c1"},
        texts={"title": "Responses to inspections, and what became of them"},
    )
    return [
        paper,
        _at_meeting("meeting-held", "2026-04-17", occurred_on=DAY),
        _at_meeting(
            "recommendation-reviewed",
            "2026-04-17",
            occurred_on=DAY,
            data={"recommendation": OTHER | {"number": "09"}, "paper": paper["id"]},
            texts={
                "question": "It was promised GREEN at the last meeting. Why is it not?",
                "outcome": "The commissioner answers in writing by June.",
            },
        ),
        _at_meeting(
            "recommendation-reviewed",
            "2026-04-17",
            occurred_on=DAY,
            data={"recommendation": OTHER},
            texts={"outcome": "Noted."},
        ),
    ]


def _rest() -> list[dict[str, Any]]:
    """What stands in other streams, as the page of the log will show it."""
    return [
        _next(
            "report-taken-over",
            "2025-09-01",
            by=INSPECTORATE,
            recorded_by=INSPECTOR,
            data={"from_account": CLERK},
        ),
        _next(
            "report-revised",
            "2025-09-01",
            occurred_on="2025-08-30",
            data={"field": "title", "was": "A title", "now": "Another title"},
        ),
        _next(
            "record-kept-here",
            "2025-09-02",
            by=PFCC,
            data={"body": PFCC, "since": "2025-05-01", "until": "2026-03-31"},
        ),
        _next("body-changed", "2025-09-02", data={"id": FORCE, "name": "Cumbria Police"}),
        _next(
            "body-succeeded",
            "2025-09-03",
            occurred_on="2025-09-01",
            data={"id": "old-pcc", "successor": PFCC},
        ),
    ]


LIVES: dict[str, list[dict[str, Any]]] = {
    LIFE: _life(),
    OWED: _owed(),
    MEETING: _meeting(),
    EMPTY: [_at_meeting("meeting-held", "2026-07-17", occurred_on="2026-07-16")],
    REST: _rest(),
}
