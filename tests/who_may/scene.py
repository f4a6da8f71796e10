"""One log on which every account tries every act, as every body's act and on every entry.

The real code decides on the real ledger. Only the last step, storing, is left out, so that all
cells are tried on the same log. Each cell is tried at the function that every way in calls, and by
each way in.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

from api.requests import current
from api.requests.acts import decided
from api.schemas.acts import SCHEMAS
from api.store import tokens
from ledger.acts.decision import Decision, Notice
from ledger.acts.service import grant_scope, open_account
from ledger.acts.table import ACTS, ENTRY, RECOMMENDATION, Act
from ledger.application import NOTHING_SPECIAL, How, Ledger, Recorded
from ledger.errors import NotAllowed, Refused
from ledger.events import AccountOpened, ClockWasWrong, ScopeGranted
from ledger.log.redactions import BYTES
from ledger.states.service import SETUP, Account
from tests.api.signing_in import browser, provided
from tests.api.site import ACCOUNTS as TOWNS
from tests.api.site import (
    FORCE,
    NOTE,
    PFCC,
    SET_UP,
    Caller,
    Published,
    Site,
    recommendation,
    statement,
)
from tests.states.trying import sample
from tests.who_may.rules import (
    ACCOUNTS,
    BY,
    DORSET,
    FIRST_HAND,
    PANEL,
    PUBLISHER,
    PUBLISHERS,
    REFUSED,
    REPORTED,
    Touched,
    its,
    whose,
)

DAY, MEETING = "2025-11-20", "2025-11-21"
PROBLEM = "urn:answerable:problem:"
MORE_ACCOUNTS = {
    "dorset_force": ("dorset-police/audit", "dorset-police"),
    "dorset_panel": ("dorset-police-and-crime-panel/officer", "dorset-police-and-crime-panel"),
    "nobodys": ("service/robot", None),
}


Way = Literal["decision", "token", "session", "command"]
RECORD = frozenset({"record"})
_IN_PART = ("source.note", "key_findings")
"""Fields of entries that are there whole under another name."""


@dataclass(frozen=True)
class Cell:
    """An act, by an account, as the act of a body, touching an entry or not."""

    act: Act
    who: str
    by: str
    touched: Touched | None = None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a cell, and the code of its refusal."""

    is_: str
    code: str = ""

    def __str__(self) -> str:
        return {FIRST_HAND: "first hand", REPORTED: "with a source"}.get(self.is_, f"– {self.code}")


class Deciding(Ledger):
    """The ledger, which decides and stores nothing."""

    def _store(self, decision: Decision, how: How) -> Recorded:
        assert how.request is None
        return Recorded(tuple(decision.entries))


@dataclass
class Scene:
    """The site after what the acts need has happened."""

    site: Site
    report: Published
    unowed: Published
    """A report that nobody owes a response to, so far."""
    by_hand: Published
    """One whose response is due by a day that a person gave, so that it can be extended."""
    denied: Published
    """One to which the office recorded a duty of another, which says that this is an error."""
    earlier: Published
    """One of before, whose recommendation can be repeated."""
    entries: dict[Touched, str] = field(default_factory=dict)
    requests: dict[Touched, str] = field(default_factory=dict)
    """The redactions sought, which another account confirms."""
    signed_in: dict[str, Caller] = field(default_factory=dict)
    """The browsers of those who have signed in."""

    def cells(self) -> Iterator[Cell]:
        """Yield every cell, from the table of acts."""
        for act in ACTS:
            on_entry = act.path.startswith(ENTRY)
            for touched in self.touched_by(act) if on_entry else (None,):
                for who in ACCOUNTS:
                    for by in BY:
                        # An act on an entry is the act of the account's own body by default.
                        told = said(act, who, by) is not None and not (on_entry and by == "own")
                        if told or by == "left out":
                            yield Cell(act, who, by, touched)

    def touched_by(self, act: Act) -> list[Touched]:
        """Return the entries on which an act on an entry is tried."""
        match act.event.__name__:
            case "EntryRetracted":
                return [one for one in self.entries if one.field not in (*_IN_PART, BYTES)]
            case "EntryDisputed":
                return [one for one in self.entries if one.about]
            case "EntryCorrected":
                return [one for one in self.entries if one.field and one.field != BYTES]
            case "TextRedacted":
                return [one for one in self.requests if one.sought_by]
            case "TextReleased":
                return [o for o in self.entries if o.field in ("question", "text", "source.note")]
            case _:
                return [
                    one
                    for one in self.entries
                    if one.field in ("question", "text", BYTES, *_IN_PART)
                ]

    def tried(self, cell: Cell, way: Way = "decision") -> Outcome:
        """Return the outcome of a cell by a way in: first without a source, then with one if a
        source is required. A command records by an account of its own of the body."""
        asked = {
            "decision": self._decided,
            "command": self._commanded,
            "token": self._sent,
            "session": self._sent_by_session,
        }[way]
        where = self._where(cell)
        body: dict[str, Any] = sample(SCHEMAS[cell.act.event](), where, DAY) | self._says(cell)
        if cell.by != "left out":
            body["by"] = said(cell.act, cell.who, cell.by)
        if way == "session":
            self._sign_in(cell.who)  # by the right clock: a session of an hour ago has ended
        behind = timedelta(hours=1 if cell.act.event is ClockWasWrong else 0)
        with self.site.clock.set_back(behind):
            outcome = asked(cell, where, body)
            if outcome.code == "source-required":
                outcome = asked(cell, where, body | {"source": NOTE})
        return outcome

    def _decided(self, cell: Cell, where: dict[str, str], body: dict[str, Any]) -> Outcome:
        return self._decides(self.site.ledger.account(name_of(cell.who)), cell, where, body)

    def _commanded(self, cell: Cell, where: dict[str, str], body: dict[str, Any]) -> Outcome:
        whose = ACCOUNTS[cell.who][1]
        account = SETUP if whose is None else Account(f"{whose}/import", whose, RECORD)
        return self._decides(account, cell, where, body)

    def _decides(
        self, account: Account, cell: Cell, where: dict[str, str], body: dict[str, Any]
    ) -> Outcome:
        loaded: Any = SCHEMAS[cell.act.event]().load(body)
        parts = {name: where[name] for name in re.findall(r"{(\w+)}", cell.act.path)}
        with self.site.app.app_context():
            try:
                entries = decided(account, cell.act, parts, loaded, NOTHING_SPECIAL).entries
            except NotAllowed:
                return Outcome(REFUSED, "not-allowed")
            except Refused as refused:
                return Outcome(REFUSED, refused.rule)
        return Outcome(FIRST_HAND if entries[0].provenance == "first_hand" else REPORTED)

    def _sign_in(self, who: str) -> None:
        """Sign an account in, once for all of its cells."""
        if who not in self.signed_in:
            here = browser(self.site)
            assert here.signs_in(name_of(who)).status_code == 303
            self.signed_in[who] = here.caller()

    def _sent_by_session(self, cell: Cell, where: dict[str, str], body: dict[str, Any]) -> Outcome:
        return self._sent(cell, where, body, self.signed_in[cell.who])

    def _sent(
        self,
        cell: Cell,
        where: dict[str, str],
        body: dict[str, Any],
        caller: Caller | None = None,
    ) -> Outcome:
        caller = caller or self.site.caller(cell.who)
        answer = caller.post(cell.act.path.format(**where), body)
        found: Any = answer.json
        if answer.status_code == 201:
            provenance = found["event"]["provenance"]
            return Outcome(FIRST_HAND if provenance == "first_hand" else REPORTED)
        code = found["type"].removeprefix(PROBLEM).removeprefix("refused:")
        assert answer.status_code in (403, 409), f"{cell}: {answer.text}"
        return Outcome(REFUSED, code)

    def _where(self, cell: Cell) -> dict[str, str]:
        act, report = cell.act, self.report
        number = {"refusals": "03", "reopenings": "04"}.get(act.word, "02")
        if act.word == "duties":
            report = self.unowed
        if act.word == "extensions":
            report = self.by_hand
        if act.word == "confirmations":
            report = self.denied
        on_a_recommendation = act.path.startswith(RECOMMENDATION) or "{panel}" in act.path
        found = {
            "report": report.reference,
            "number": number,
            "body": FORCE if on_a_recommendation else self._body_of(act),
            "since": SET_UP,
            "addressee": FORCE,
            "panel": PANEL,
            "date": MEETING,
        }
        if cell.touched is not None:
            at = self.requests if act.word == "redaction-confirmation" else self.entries
            found |= {"entry_id": at[cell.touched], "field": cell.touched.field}
        return found

    def _body_of(self, act: Act) -> str:
        """Return the body whose response an act is on."""
        return DORSET if act.word == "confirmations" else PFCC

    def _says(self, cell: Cell) -> dict[str, Any]:
        """Return the fields of a request that its schema cannot give."""
        report = self.report.reference
        match cell.act.word:
            case "reports":
                said = self.site.report(title="Not there yet", publishers=list(PUBLISHERS))
                return {name: value for name, value in said.items() if name != "source"}
            case "recommendations":
                return recommendation("09")
            case "grades":
                return {"body": FORCE}
            case "revisions" if cell.act.event.__name__ == "ReportRevised":
                return {"field": "title", "now": "Another title", "seen_on": None}
            case "revisions":
                return {"field": "text", "now": "Other words.", "seen_on": None}
            case "supersessions":
                return {"superseded_by": {"report": report, "number": "05", "addressee": FORCE}}
            case "repeats":
                earlier = self.earlier.reference
                return {"of": {"report": earlier, "number": "02", "addressee": FORCE}}
            case "statement":
                return statement(DAY, text="What is said now.")
            case "extensions":
                return _more_time("2026-03-01")
            case "papers":
                return {"known_at": 1, "effective_on": SET_UP}
            case "bodies":
                return {"id": "avalon", "name": "Avalon", "kind": "inspectorate"}
            case "changes":
                return {"id": PFCC, "name": "Another name", "occurred_on": None}
            case "successions":
                return {"id": PFCC, "successor": DORSET, "occurred_on": None}
            case "accounts":
                return {"account": f"{PFCC}/clerk-9", "body": PFCC}
            case "grants":
                return {"account": f"{PFCC}/clerk", "scope": "office"}
            case "revocations":
                return {"account": f"{PFCC}/clerk", "scope": "record"}
            case "closing":
                return {"account": f"{PFCC}/reader"}
            case "rules":
                words = {"title": "A rule", "citation": "A source", "text": "Ten days."}
                return {"id": "a-rule", "version": 1, **words, "period_days": 10}
            case "corrections":
                assert cell.touched is not None
                now = {"due_on": "2026-02-15"}.get(cell.touched.field, "Other words.")
                return {"field": cell.touched.field, "now": now}
            case _:
                return {}


def name_of(who: str) -> str:
    """Return the name of an account of the matrix."""
    return MORE_ACCOUNTS[who][0] if who in MORE_ACCOUNTS else TOWNS[who][0]


def said(act: Act, who: str, by: str) -> str | None:
    """Return the body that a request names; None where this account has none to name."""
    if by == "its":
        return its(act.event.__name__)
    return whose(act.event.__name__, who, by) if by in ("own", "another") else None


@contextmanager
def played(site: Site) -> Iterator[Scene]:
    """Yield the scene, whose ledger then stores nothing more."""
    for who, (name, body) in MORE_ACCOUNTS.items():
        site.ledger.record(SETUP, open_account, AccountOpened(account=name, body=body), Notice())
        site.ledger.record(SETUP, grant_scope, ScopeGranted(account=name, scope="record"), Notice())
        with site.ledger.log.pool.connection() as conn:
            site.tokens[who] = tokens.create(conn, name, ["record"], None)[1]
    recent: dict[str, Any] = {"published_on": "2025-11-10", "publishers": list(PUBLISHERS)}
    five = [recommendation(f"0{n}") for n in range(2, 6)]
    report = site.publish(**recent, recommendations=five)
    scene = Scene(
        site,
        report,
        unowed=site.publish(**recent, bodies=[]),
        by_hand=site.publish(**recent, bodies=[], kind="other"),
        denied=site.publish(**recent, bodies=[DORSET]),
        earlier=site.publish(bodies=[]),
    )
    _so_far(scene)
    _touched(scene, recent | {"recommendations": [], "bodies": []})
    extensions, real = site.app.extensions[current.EXTENSION], site.ledger
    extensions["ledger"] = Deciding(real.log.pool, site.url)
    try:
        with provided(site):
            yield scene
    finally:
        extensions["ledger"] = real


def _so_far(scene: Scene) -> None:
    """Record what the acts need before they can be tried."""
    site, path = scene.site, scene.report.path.replace("reports", "recommendations")
    why = {"reason": "They have seen it done.", "occurred_on": DAY}
    site.clerk.records(f"{scene.report.response}/statement", statement(DAY))
    site.clerk.records(
        f"{scene.by_hand.response}/duties",
        {"rule": "manual", "due_on": "2026-01-01", "source": NOTE},
    )
    site.caller("dorset").records(
        f"/api/responses/{scene.denied.reference}/{DORSET}/disapplications",
        {"basis": "recorded_in_error", "decided_by": "Dorset's office", "occurred_on": DAY},
    )
    site.hmicfrs.records(f"{path}/03/{FORCE}/closure-proposals", why)
    site.hmicfrs.records(f"{path}/04/{FORCE}/closures", why)


def _touched(scene: Scene, alone: dict[str, Any]) -> None:
    site = scene.site
    to = scene.report.recommendation
    findings = _for_the_office("Cells are cold.")
    report, taken_over = (site.publish(**alone, key_findings=findings) for _ in range(2))
    about = (PFCC, FORCE, PANEL)

    def asks(words: str) -> str:
        said = {"of": FORCE, "question": _for_the_office(words), "occurred_on": DAY}
        return site.clerk.act(f"{to}/assurances", said)

    def told(words: str, noted: str | None) -> str:
        said = {"text": _for_the_office(words), "occurred_on": DAY}
        if noted is None:
            return site.force.act(f"{to}/updates", said)
        return site.clerk.act(f"{to}/updates", said | {"source": {"note": noted}})

    asked, reported = asks("Is it done?"), told("Half of it is.", "A call of May.")
    own = told("All of it is.", None)
    site.hmicfrs.records(f"{taken_over.path}/takeover", {})
    extension = site.force.act(
        f"{scene.by_hand.response}/extensions",
        _more_time("2026-02-01") | {"occurred_on": DAY, "source": NOTE, "by": PFCC},
    )
    capture = site.clerk.upload(b"A letter.", "letter.txt").headers["Location"].rpartition("/")[2]
    published = report.entry("report-published")
    question = Touched("the office's own assurance", PFCC, PFCC, "question", about=about)
    words = Touched("what the office noted of its force's update", PFCC, FORCE, "text", about=about)
    where_from = Touched("where the office has that update from", PFCC, FORCE, "source.note")
    scene.entries |= {
        question: asked,
        words: reported,
        where_from: reported,
        Touched("the force's own update", FORCE, FORCE, "text", about=about): own,
        Touched("the report", PFCC, PUBLISHER, "title", about=(PUBLISHER,)): published,
        Touched("the report's findings", PFCC, PUBLISHER, "key_findings"): published,
        Touched(
            "a report that its publisher took over", PFCC, PUBLISHER, "title", taken_over=True
        ): taken_over.entry("report-published"),
        Touched(
            "more time, as the force reported it", FORCE, PFCC, "due_on", lifts=True
        ): extension,
        Touched("bytes that the office keeps", PFCC, PFCC, BYTES): capture,
        Touched("a duty of another that the office recorded", PFCC, PFCC): next(
            one["id"]
            for one in scene.denied.answer["events"]
            if one["type"] == "response-duty-arose"
        ),
    }
    again = asks("Is it done now?"), told("Most of it is.", "A call of June.")
    for touched, entry in ((question, again[0]), (words, again[1]), (where_from, again[1])):
        said = {"field": touched.field, "basis": "personal_data"}
        sought = site.clerk.act(f"/api/entries/{entry}/redaction", said)
        scene.requests[replace(touched, sought_by="clerk")] = sought


def _for_the_office(words: str) -> dict[str, str]:
    return {"text": words, "audience": "office"}


def _more_time(due_on: str) -> dict[str, str]:
    return {
        "applied_on": "2025-11-12",
        "granted_on": "2025-11-13",
        "granted_by": "The inspector",
        "due_on": due_on,
        "basis": "The chief constable was ill.",
    }
