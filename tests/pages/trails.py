"""Trails in the register's shape: a recommendation's and a response's."""

from typing import Any

from tests.pages.answers import ASKED, FORCE, INSPECTORATE, NAMES, PASSAGE, PFCC, STREAMS, entry_id


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
