"""An answer about what changed that has every kind of change."""

from typing import Any

from projections.answers.changes import CHANGES
from tests.pages.answers import FORCE, NAMES, PFCC, REPORT, TITLE, entry_id
from tests.pages.lives import PANEL, PANEL_NAME


def _links(path: str) -> dict[str, str]:
    return {"self": f"/api{path}", "page": path}


RECOMMENDATION: dict[str, Any] = {
    "type": "recommendation",
    "report": REPORT,
    "report_title": TITLE,
    "number": "04",
    "key": "4",
    "kind": "recommendation",
    "addressee": FORCE,
    "addressee_name": NAMES[FORCE],
    "links": _links(f"/recommendations/{REPORT}/4/{FORCE}"),
}
RESPONSE: dict[str, Any] = {
    "type": "response",
    "report": REPORT,
    "report_title": TITLE,
    "body": PFCC,
    "body_name": NAMES[PFCC],
    "name": "response",
    "links": _links(f"/responses/{REPORT}/{PFCC}"),
}
ABOUT_REPORT: dict[str, Any] = {
    "type": "report",
    "report": REPORT,
    "report_title": TITLE,
    "links": _links(f"/reports/{REPORT}"),
}
MEETING: dict[str, Any] = {
    "type": "meeting",
    "panel": PANEL,
    "panel_name": PANEL_NAME,
    "date": "2026-04-16",
    "links": _links(f"/meetings/{PANEL}/2026-04-16"),
}


def _made(topic: str, position: int) -> dict[str, Any]:
    return {
        "id": entry_id(position),
        "position": position,
        "type": topic,
        "stream": f"recommendation/{REPORT}/4/{FORCE}",
        "occurred_on": "2025-11-20",
        "by": FORCE,
        "provenance": "first_hand",
        "recorded_by": f"{FORCE}/audit",
        "recorded_at": "2025-11-23T09:30:00.000000Z",
        "links": {"self": f"/api/entries/{entry_id(position)}"},
    }


def _changed(
    change: str,
    about: dict[str, Any],
    was: dict[str, Any] | None,
    now: dict[str, Any] | None,
    *topics: str,
) -> dict[str, Any]:
    return {
        "change": change,
        "about": about,
        "from": was,
        "to": now,
        "because": "entries" if topics else "time passed",
        "entries": [_made(topic, 60 + n) for n, topic in enumerate(topics)],
        "entry": None,
        "target": None,
    }


def _done(
    change: str, topic: str, about: dict[str, Any], data: dict[str, Any], **texts: Any
) -> dict[str, Any]:
    made = _changed(change, about, None, None, topic)
    shown = {name: {"sha256": "0" * 64, "audience": "public", **one} for name, one in texts.items()}
    entry = made["entries"][0] | {"by_name": NAMES[FORCE], "data": data, "texts": shown}
    return made | {"entry": entry, "target": _made("update-received", 50)}


def _verdict(verdict: str, days: int | None, basis: str = "stated") -> dict[str, Any]:
    return {
        "verdict": verdict,
        "days": days,
        "at_least": False,
        "basis": basis,
        "published_on": None,
    }


def _target(on: str | None, standing: str, days: int | None) -> dict[str, Any]:
    return {"standing": standing, "on": on, "original_on": on, "moves": 0, "days": days}


ITEMS = [
    _changed("new", ABOUT_REPORT, None, {"published_on": "2025-11"}, "report-published"),
    _changed(
        "new",
        RESPONSE,
        None,
        _verdict("not_due", 30) | {"due_on": "2025-12-24"},
        "response-duty-arose",
    ),
    _changed(
        "new",
        RECOMMENDATION,
        None,
        {"status": "open", "target": _target("2026-03-31", "ahead", 126), "raised_on": None},
        "recommendation-raised",
    ),
    _changed("verdict_changed", RESPONSE, _verdict("due", 3), _verdict("overdue", 12)),
    _changed(
        "verdict_changed",
        RESPONSE,
        _verdict("in_time", None),
        _verdict("in_time", None, "captured"),
        "entry-corrected",
    ),
    _changed(
        "due_moved", RESPONSE, {"due_on": None}, {"due_on": "2025-12-24"}, "extension-granted"
    ),
    _changed(
        "target_moved",
        RECOMMENDATION,
        _target("2025-12-31", "ahead", 68),
        _target("2026-03-31", "ahead", 126),
        "target-date-set",
    ),
    _changed(
        "target_passed",
        RECOMMENDATION,
        _target("2025-11-01", "ahead", 8),
        _target("2025-11-01", "passed", 24),
    ),
    _changed(
        "status_changed",
        RECOMMENDATION,
        {"status": "open"},
        {"status": "claimed_complete"},
        "update-received",
    ),
    _changed(
        "claim_changed", RECOMMENDATION, {"means": None}, {"means": "off_track"}, "update-received"
    ),
    _done(
        "entered_late",
        "update-received",
        RECOMMENDATION,
        {"text": {"sha256": "0" * 64}},
        text={"held": True},
    )
    | {"to": {"days": 22, "occurred_on": "2025-10"}, "target": None},
    _changed("removed", RECOMMENDATION, {"status": "open"}, None, "entry-retracted"),
    _done(
        "revised",
        "report-revised",
        ABOUT_REPORT,
        {"field": "title", "was": "Crime", "now": "Organised crime", "seen_on": "2025-11-20"},
    )
    | {"target": None},
    _done(
        "corrected",
        "entry-corrected",
        RECOMMENDATION,
        {"target": entry_id(50), "field": "text", "was": {"sha256": "1"}, "now": {"sha256": "2"}},
        was={"text": "Two of three cells."},
        now={"held": True},
    ),
    _done(
        "set_aside",
        "entry-retracted",
        RECOMMENDATION,
        {"target": entry_id(50)},
        reason={"text": "Sent twice."},
    ),
    _done(
        "disputed",
        "entry-disputed",
        MEETING,
        {"target": entry_id(50)},
        text={"text": "That is not what was said."},
    ),
    _done(
        "redacted",
        "text-redacted",
        RECOMMENDATION,
        {"target": entry_id(50), "field": "text", "basis": "personal_data"},
    ),
]
assert {one["change"] for one in ITEMS} == set(CHANGES)
