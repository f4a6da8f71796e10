"""Whatever is sent to whatever is there: an answer that says what is wrong, never a 5xx."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.acts.table import ACTS
from tests.api.site import FORCE, NOTE, PAGE, PFCC, explanation, recommendation, statement
from tests.conftest import examples

relaxed = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PANEL = "cumbria-police-fire-and-crime-panel"
DAYS = ["2025-09-01", "2025-09", "2025", "1999-01-01", "2025-11-25", "9999-12-31", "0001-01-01"]
WORDS = [*DAYS, PFCC, FORCE, "hmicfrs", "camelot", "manual", "pa96-s55", "2", "02", "title",
         "text", "claim.means", "published_on", "source.note", "partners.0.name", "", " ", "x" * 50,
         "\u0000", "\ud800", "\U0001f46e", "../..", "'; --", "https://a.example/", "javascript:a",
         "complete", "named", "no_action", "comments", "report", "inspectorate"]  # fmt: skip
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.floats(allow_nan=True)
    | st.sampled_from(WORDS)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=6,
)

GOOD: dict[str, dict[str, Any]] = {
    "reports": {
        "title": "A title", "kind": "peel", "publisher": "hmicfrs", "published_on": "2025-05-16",
        "bodies": [PFCC], "recommendations": [recommendation(partners=["College"])], "source": PAGE,
        "same_as": ["https://a.example/"], "cites": "Section 33", "reference": "a-name",
        "publishers": ["hmicfrs", "hmi-prisons"],
    },
    "recommendations": recommendation(
        "7", occurred_on=None, target={"on": None, "phrase": "Soon"},
        publisher_number="4711", theme="Vetting", level="National",
    ),
    "assurances": {"of": FORCE, "question": "Q?", "reply_by": "2026-01-01", "occurred_on": None},
    "updates": {
        "text": "T.", "occurred_on": None,
        "claim": {
            "as_stated": "S", "means": "at_risk",
            "evidence": [{"what": "An audit.", "whose": FORCE, "on": "2025"}],
        },
    },
    "targets": {"on": "2026-01-01", "origin": "force", "reason": "R.", "occurred_on": None},
    "closure-proposals": {"reason": "R.", "occurred_on": None},
    "closures": {"reason": "R.", "occurred_on": None},
    "refusals": {"reason": "R.", "occurred_on": None},
    "reopenings": {"reason": "R.", "occurred_on": None},
    "duties": {"rule": "manual", "due_on": "2025-09-30", "name": "action-plan"},
    "invitations": {"reply_by": "2026-01-01", "occurred_on": None},
    "comments": {"text": "C.", "occurred_on": None, "duty": "response"},
    "statement": statement(
        explanations=[explanation()], parts=["comments"], also=[], duties=["response"]
    ),
    "lookups": {"where": "The page of responses.", "url": PAGE["url"], "looked_on": "2025-10-01"},
    "keeping": {"from": "2025-05-01", "until": "2026-05-01"},
    "confirmations": {"reason": "R.", "source": {"note": "N."}, "occurred_on": None},
    "clock-was-wrong": {"first_position": 2},
    "copies": {"to": "inspectorate", "occurred_on": None},
    "corrections": {"field": "title", "now": "Other", "reason": "R."},
    "retraction": {"reason": "R."},
    "takeover": {},
    "withdrawals": {"reason": "R.", "occurred_on": None},
    "supersessions": {
        "superseded_by": {"report": "nothing", "number": "2", "addressee": FORCE},
        "reason": "R.", "occurred_on": None,
    },
    "repeats": {
        "of": {"report": "nothing", "number": "2", "addressee": FORCE}, "words": "own",
        "occurred_on": None,
    },
    "grades": {"question": "How good?", "grade": "Good", "body": FORCE, "on": "2025-05-16"},
    "revisions": {"field": "title", "now": "Other", "seen_on": None},
    "extensions": {
        "applied_on": "2025-06-01", "granted_on": "2025-06-02", "granted_by": "G.",
        "due_on": "2025-09-01", "basis": "B.", "occurred_on": None,
    },
    "disapplications": {"basis": "not_the_subject", "decided_by": "D.", "occurred_on": None},
    "papers": {
        "title": "P.", "known_at": 1, "effective_on": "2017-01-01", "occurred_on": None,
    },
    "held": {},
    "reviews": {
        "recommendation": {"report": "nothing", "number": "2", "addressee": FORCE}, "outcome": "O.",
        "occurred_on": None,
    },
    "disputes": {"text": "T."},
    "release": {"field": "text"},
    "redaction": {"field": "text", "basis": "personal_data"},
    "redaction-confirmation": {},
    "changes": {"id": PFCC, "name": "Another name", "occurred_on": None},
    "successions": {"from": PFCC, "to": "dorset-pcc", "on": "2027-05-10"},
    "bodies": {
        "id": "avalon", "name": "Avalon", "kind": "local_policing_body", "closes_by": [],
        "forces": [{"body": FORCE, "from": "2027-05-10"}], "begins": "2027-05-10",
    },
    "accounts": {"account": f"{PFCC}/fuzzed", "body": PFCC, "scopes": ["record"]},
    "grants": {"account": f"{PFCC}/reader", "scope": "subscribe"},
    "revocations": {"account": f"{PFCC}/reader", "scope": "subscribe"},
    "closing": {"account": f"{PFCC}/fuzzed"},
    "rules": {
        "id": "a-rule", "version": 1, "title": "A rule", "citation": "A source", "text": "Soon.",
        "period": {"count": 5, "unit": "month"}, "trigger": "received", "publishers": ["hmicfrs"],
        "first_day": "not_counted", "applies_from": "2025-01-01", "parts": ["comments"],
    },
}  # fmt: skip


def test_every_act_is_fuzzed():
    words = {act.word for act in ACTS}

    assert words <= set(GOOD), f"write in GOOD a request that fits: {words - set(GOOD)}"
    assert set(GOOD) <= words


@st.composite
def nearly_good(draw: st.DrawFn, word: str) -> Any:
    """A body that fits, with a few of its parts exchanged, left out or added."""
    body = json.loads(json.dumps(GOOD[word] | {"source": NOTE}))
    for _ in range(draw(st.integers(0, 3))):
        at: Any = body
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and draw(st.booleans()):
                at = at[key]
                continue
            match draw(st.sampled_from(["exchange", "exchange", "leave out", "add"])):
                case "exchange":
                    at[key] = draw(anything)
                case "leave out":
                    del at[key]
                case "add" if isinstance(at, dict):
                    at[draw(st.sampled_from(["by", "batch", "source", "occurred_on", "x"]))] = draw(
                        anything
                    )
            break
    return body


def answers_well(answer, *, position_before, position_after):
    assert answer.status_code < 500, answer.text
    if answer.status_code == 201:
        assert position_after == answer.json["position"]
        return
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]
    assert position_after == position_before


@given(data=st.data())
@settings(relaxed, max_examples=examples(60, 2000))
def test_whatever_is_posted_is_recorded_or_refused_in_words(site, data):
    report = site.fuzzed = site.fuzzed or site.publish()
    act = data.draw(st.sampled_from(ACTS), label="act")
    entries = [one["id"] for one in report.answer["events"]]
    path = act.path.format(
        report=data.draw(st.sampled_from([report.reference] * 3 + ["nothing", "é"])),
        number=data.draw(st.sampled_from(["02", "2", "9", "%3F"])),
        body=PFCC if "/responses/" in act.path else FORCE,
        panel=data.draw(st.sampled_from([PANEL, "camelot"])),
        date=data.draw(st.sampled_from(["2025-10-01", "2025-13-01", "soon"])),
        entry_id=data.draw(st.sampled_from([*entries, "nothing"])),
    )
    body = data.draw(st.one_of(nearly_good(act.word), nearly_good(act.word), anything))
    who = data.draw(st.sampled_from(["clerk", "clerk", "admin", "force"]))
    before = site.position

    answer = site.caller(who).send(path, json.dumps(body).encode())

    answers_well(answer, position_before=before, position_after=site.position)
