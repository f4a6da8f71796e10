"""Answers in the register's shapes, about one report."""

from typing import Any

REPORT = "hmicfrs-2025-05-16-oic"
PFCC, FORCE, INSPECTORATE = "cumbria-pfcc", "cumbria-constabulary", "hmicfrs"
PAGES = {
    "home": "/",
    "body": f"/bodies/{PFCC}",
    "report": f"/reports/{REPORT}",
    "recommendation": f"/recommendations/{REPORT}/4/{FORCE}",
    "response": f"/responses/{REPORT}/{PFCC}",
    "life": f"/recommendations/{REPORT}/9/{FORCE}",
    "owed": f"/responses/{REPORT}/dorset-pcc",
    "meeting": "/meetings/cumbria-panel/2026-04-16",
    "meeting of nothing": "/meetings/cumbria-panel/2026-07-16",
    "pack": f"/bodies/{PFCC}/pack",
    "changes": f"/changes?from=2025-10-24&body={PFCC}",
}
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


RECOMMENDATION: dict[str, Any] = {
    "report": REPORT,
    "links": {"page": f"/recommendations/{REPORT}/4/{FORCE}"},
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
        "standing": "ahead",
        "on": "2026-03-31",
        "original_on": "2025-12-31",
        "moves": 1,
        "days": 126,
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
                "days_overdue": None,
                "occurred_on": "2025-07-14",
                "answered_by": entry_id(13),
            },
            {
                "entry": entry_id(99),
                "of": FORCE,
                "of_name": NAMES[FORCE],
                "question": "Are the plans embedded?",
                "reply_by": None,
                "days_overdue": None,
                "occurred_on": None,
                "answered_by": None,
            },
        ],
    },
    "claim": {
        "entry": entry_id(13),
        "means": "complete",
        "expected_on": None,
        "as_stated": None,
        "occurred_on": "2025-09",
        "since": "2025-09",
        "days_after_target": None,
    },
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
    "refused": None,
    "reopened": None,
    "stream": STREAMS[0],
}
RESPONSE: dict[str, Any] = {
    "report": REPORT,
    "report_title": TITLE,
    "body": PFCC,
    "body_name": NAMES[PFCC],
    "name": "response",
    "rule": {
        "id": "pa96-s55",
        "version": 1,
        "citation": "Police Act 1996, s.55(5) and (5A)",
        "read": True,
    },
    "trigger_on": "2025-05-16",
    "due_on": "2025-07-10",
    "published_on": "2025-07-14",
    "between": {"lo": "2025-07-14", "hi": "2025-07-14"},
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
        "not_known": 0,
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
WORKING = {
    "counting": "16 May 2025 is day 1, 10 July 2025 is day 56.",
    "used": [{"entry": entry_id(21), "basis": "stated"}],
    "set_aside": [{"entry": entry_id(8), "by": entry_id(16)}],
    "sentences": [
        "The report was published on 16 May 2025, as the publisher’s own page says.",
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
    "publishers": [{"id": INSPECTORATE, "name": NAMES[INSPECTORATE]}],
    "published_on": "2025-05-16",
    "basis": "publisher",
    "recommendations": 1,
    "responses": 2,
}
