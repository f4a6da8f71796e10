"""Histories in which every act can happen, of every kind of day, in every order.

A history is a list of steps; each is one command through the API of a town, days after the one
before. Many are refused: that is as it should be.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.acts.comparison import compare_list
from ledger.decision import Told
from ledger.errors import AnswerableError
from ledger.events import (
    AccountClosed,
    AccountOpened,
    KeyAdded,
    KeyCompromised,
    ListCompared,
    RuleAdopted,
    ScopeGranted,
    ScopeRevoked,
    SealingResumed,
    Source,
)
from ledger.reading import Recorded
from ledger.service import SETUP
from ledger.texts import say
from tests.api.town import FORCE, NOTE, PFCC, Caller, Published, Town, explanation, json_of
from tests.api.town import recommendation as recommended

PANEL = "cumbria-police-fire-and-crime-panel"
BODIES, FORCES = (PFCC, "dorset-pcc"), (FORCE, "dorset-police")
SITE = "https://hmicfrs.justiceinspectorates.gov.uk"
WHY = {"reason": "A slip."}
NUMBERS = ("2", "02", "3", "1", "2", "3", "afi-1", "4")
HOW = ("named", "named", "general", "not_found")
PARTS = (["comments"], ["comments"], ["comments", "chief_officer_comments"], ["reply"])
CLAIMS: Sequence[Any] = (
    None,
    {"as_stated": "Done!", "means": "complete"},
    {"as_stated": "OK", "means": "on_track", "expected_on": "2025-12"},
)
FIELDS: Mapping[str, Sequence[tuple[str, Any]]] = {
    "report-published": (("title", "Other"), ("kind", "peel"), ("listed_by", "response")),
    "recommendation-raised": (
        ("kind", "afi"),
        ("kind", "recommendation"),
        ("kind", "cause_of_concern"),
        ("target.on", None),
        ("target.on", "2026-01"),
        ("text", "Other."),
    ),
    "update-received": (
        ("claim.means", "complete"),
        ("claim.means", "on_track"),
        ("claim.expected_on", "2026-01"),
        ("text", "Other."),
    ),
    "commissioner-statement-issued": (("how", "general"), ("how", "named"), ("stance", "taken")),
    "response-published": (("parts.0", "reply"), ("parts.0", "comments"), ("text", "Other.")),
    "target-date-set": (("on", "2026-06-01"), ("origin", "report"), ("reason", "Other.")),
    "duty-disapplied": (("decided_by", "Other."), ("basis", "recorded_in_error")),
    "extension-granted": (("due_on", "2026-12-01"), ("basis", "Other.")),
    "assurance-sought": (("reply_by", "2026-12-01"), ("question", "Other?")),
}
"""What a field of each is corrected to; of any other entry its reason."""
TEXTS = {
    "report-published": "key_findings",
    "assurance-sought": "question",
    "duty-disapplied": "decided_by",
    "extension-granted": "basis",
    "recommendation-reviewed": "outcome",
    "paper-issued": "title",
    **dict.fromkeys(
        ("recommendation-raised", "update-received", "commissioner-statement-issued",
         "response-published", "chief-officer-comments-received", "entry-disputed"),
        "text",
    ),
    **dict.fromkeys(("statement-revised", "report-revised"), "now"),
}  # fmt: skip
"""Which text of each is released or redacted; of any other entry its reason."""
DOES = (
    "report", "report again", "takeover", "recommendation", "assurance", "update", "update",
    "target", "target", "closure-proposals", "closure-proposals", "closures", "closures",
    "refusals", "refusals", "reopenings", "reopenings", "withdrawals", "supersessions", "duty",
    "duty", "disapplication", "extension", "extension", "invitation", "comments", "statement",
    "statement", "statement", "statement", "statement", "statement", "passage", "passage",
    "passage", "revision", "revision", "copy", "paper", "held", "review", "capture",
    "capture", "correct day", "correct day", "correct day", "correct report", "correct report",
    "correct", "correct", "correct", "cite", "retract", "retract", "retract", "retract report",
    "undo", "undo", "dispute", "release", "redact", "redact", "body", "succession", "service",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One command: what it does, how many days after the one before, of which day, on what."""

    does: str
    later: int
    day: str | int | None
    """So many days before, whole or as the `month` or `year` of it; none: not known."""
    nth: int
    catch_up: bool


STEPS = st.builds(
    Step,
    st.sampled_from(DOES),
    st.sampled_from([0, 0, 0, 1, 3, 10, 25]),
    st.one_of(
        st.none(),
        st.integers(-2, 60),
        st.integers(-2, 100),
        st.integers(0, 100).map(lambda n: f"month {n}"),
        st.just("year 0"),
    ),
    st.integers(0, 10_000),
    st.integers(0, 5).map(lambda n: n == 0),
)


@dataclass
class Life:
    """A report, the one beside it, and what happened to them."""

    town: Town
    first: date
    """The day on which the report was recorded."""
    report: Published
    other: Published
    today: date
    entries: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    undone: list[str] = field(default_factory=list)
    """Corrections and retractions: what can be set aside in turn."""
    captures: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """By what was tried and the type of the problem."""

    def on(self, day: str | int | None) -> str | None:
        """A day of a step, as requests say it."""
        if isinstance(day, int) or day is None:
            return None if day is None else (self.today - timedelta(days=day)).isoformat()
        unit, _, n = day.partition(" ")
        exact = (self.today - timedelta(days=int(n))).isoformat()
        return exact[:7] if unit == "month" else exact[:4]

    def take(self, step: Step) -> None:
        """Do what a step does, on its day."""
        self.today += timedelta(days=step.later)
        if step.later:
            self.town.clock.set(f"{self.today}T09:00:00+00:00")
        if step.does == "service":
            try:
                _of_the_service(self.town, step.nth)
            except AnswerableError as refused:
                self.refused[f"service {refused}"] += 1
        elif step.does == "capture":
            self._keep(step.nth)
        else:
            for caller, path, body in self._requests(step):
                answer = caller.post(path, body)
                assert answer.status_code in (201, 403, 404, 409, 422), answer.text
                if answer.status_code == 201:
                    self.remember(json_of(answer)["events"])
                else:
                    self.refused[f"{step.does} {json_of(answer)['type']}"] += 1
        if step.catch_up:
            self.town.catch_up()

    def remember(self, events: list[dict[str, Any]]) -> None:
        self.entries += [one["id"] for one in events]
        self.types |= {one["id"]: one["type"] for one in events}
        changes = ("entry-corrected", "entry-retracted")
        self.undone += [one["id"] for one in events if one["type"] in changes]

    def _keep(self, nth: int) -> None:
        urls = (f"{SITE}/a", "https://pfcc.example/a", f"https://first.example/{self.first}")
        caller = (self.town.clerk, self.town.hmicfrs)[nth // 3 % 2]
        audience = "office" if nth % 7 == 0 else "public"
        answer = caller.upload(b"<p>A page</p>", url=urls[nth % 3], audience=audience)
        assert answer.status_code == 201, answer.text
        self.captures.append(answer.headers["Location"].rpartition("/")[2])

    def _source(self, nth: int) -> dict[str, Any]:
        if self.captures and nth % 3:
            return {"capture": self.captures[nth % len(self.captures)]}
        return NOTE

    def _requests(self, step: Step) -> list[tuple[Caller, str, dict[str, Any]]]:
        town, n, day = self.town, step.nth, self.on(step.day)
        said: dict[str, Any]
        report = self.other if n % 17 == 0 else self.report
        one = self.entries[n % len(self.entries)]
        to = (
            f"/api/recommendations/{report.reference}/{NUMBERS[n // 2 % len(NUMBERS)]}"
            f"/{FORCES[n // 16 % 2]}"
        )
        body = BODIES[n % 2]
        response = f"/api/responses/{report.reference}/{body}"
        dated = {"occurred_on": day, "source": self._source(n)}
        clerk = (town.admin, town.admin, town.hmicfrs, town.clerk)[n % 4]
        match step.does:
            case "report":
                said = {
                    "field": ("title", "key_findings")[n % 2],
                    "now": f"Now {n}.",
                    "seen_on": day,
                }
                return [(town.admin, f"{report.path}/revisions", said | {"source": NOTE})]
            case "report again":
                here = town.admin.get(report.path)
                if here.status_code == 404:
                    return []
                return [(town.admin, f"{response}/duties", {"source": NOTE})]
            case "takeover":
                source = {"source": self._source(n)} if n % 2 else {}
                return [(town.hmicfrs, f"{report.path}/takeover", source)]
            case "recommendation":
                more = recommended(
                    ("4", "5", "2")[n % 3],
                    addressees=[FORCES[n // 2 % 2]],
                    kind=("recommendation", "cause_of_concern")[n // 4 % 2],
                    **({"parent": "1"} if n % 5 == 0 else {}),
                )
                return [(town.admin, f"{report.path}/recommendations", dated | more)]
            case "assurance":
                said = {"of": FORCE, "question": "Done?", "by": PFCC}
                return [(town.admin, f"{to}/assurances", dated | said)]
            case "update":
                said = {"text": "U.", "claim": CLAIMS[n % 3]}
                said |= {"answers": one} if n % 4 == 0 else {}
                return [(town.admin, f"{to}/updates", dated | said)]
            case "target":
                on = (self.first + timedelta(days=n % 120 - 20)).isoformat()
                said = {"on": on, "origin": ("internal", "force")[n % 2], "by": PFCC}
                return [(town.admin, f"{to}/targets", dated | said | WHY)]
            case "closure-proposals":
                by = {"by": PFCC} if n % 3 == 0 else {}
                return [(clerk, f"{to}/closure-proposals", dated | WHY | by)]
            case "closures" | "refusals" | "reopenings" | "withdrawals":
                return [(clerk, f"{to}/{step.does}", dated | WHY)]
            case "supersessions":
                by = {"report": self.other.reference, "number": "1", "body": FORCE}
                return [(clerk, f"{to}/supersessions", dated | WHY | {"superseded_by": by})]
            case "duty":
                due = (self.first + timedelta(days=n % 80)).isoformat()
                said = {"rule": "manual", "due_on": due, "source": NOTE}
                return [(town.admin, f"/api/responses/{self.other.reference}/{body}/duties", said)]
            case "disapplication":
                bases = ("not_the_subject", "recorded_in_error", "same_findings_as")
                said = {"basis": bases[n % 3], "decided_by": "HMICFRS", "by": body}
                said |= {"same_as_report": self.other.reference} if n % 3 == 2 else {}
                return [(town.admin, f"{response}/disapplications", dated | said)]
            case "extension":
                said = {
                    "applied_on": (self.first + timedelta(days=n % 40 - 20)).isoformat(),
                    "granted_on": (self.first + timedelta(days=n % 40)).isoformat(),
                    "granted_by": "G.",
                    "due_on": (self.first + timedelta(days=n % 120)).isoformat(),
                    "basis": "B.",
                    "by": "hmicfrs",
                }
                where = f"/api/responses/{self.other.reference}/{body}/extensions"
                return [(town.admin, where, dated | said)]
            case "invitation":
                return [(town.admin, f"{response}/invitations", dated | {"by": body})]
            case "comments":
                return [(town.admin, f"{response}/comments", dated | {"text": "C."})]
            case "copy":
                to_whom = ("inspectorate", "secretary_of_state")[n % 2]
                return [(town.admin, f"{response}/copies", dated | {"to": to_whom, "by": body})]
            case "statement":
                return [self._statement(n, day, response, body, report)]
            case "passage":
                said = {
                    "field": "passage",
                    "number": NUMBERS[n // 2 % len(NUMBERS)],
                    "addressee": FORCES[n % 2],
                    "seen_on": day,
                    "now": None if n % 4 == 0 else f"Now {n}.",
                }
                said |= {"how": HOW[n // 4 % 3]} if n % 8 > 3 and n % 4 else {}
                revised = said | {"by": body, "source": self._source(n)}
                return [(town.admin, f"{response}/revisions", revised)]
            case "revision":
                which = ("text", "chief_officer_comments")[n // 2 % 2]
                said = {"field": which, "now": f"Now {n}.", "seen_on": day, "by": body}
                return [(town.admin, f"{response}/revisions", said | {"source": NOTE})]
            case "paper" | "held" | "review":
                return [self._meeting(step.does, n, day, report)]
            case "correct day":
                said = {"field": "occurred_on", "now": day, "source": self._source(n)}
                return [(town.admin, f"/api/entries/{one}/corrections", said | WHY)]
            case "correct report":
                target = report.entry("report-published")
                said = {"field": "published_on", "now": day, "source": self._source(n)}
                return [(town.admin, f"/api/entries/{target}/corrections", said | WHY)]
            case "correct":
                fields = FIELDS.get(self.types[one], [("reason", "Another reason.")])
                name, now = fields[n // 7 % len(fields)]
                said = {"field": name, "now": now} | WHY
                return [(town.admin, f"/api/entries/{one}/corrections", said)]
            case "cite":
                if not self.captures:
                    return []
                entry = report.entry("report-published") if n % 2 else one
                kept = self.captures[n % len(self.captures)]
                said = {"field": "source.capture", "now": kept} | WHY
                return [(town.admin, f"/api/entries/{entry}/corrections", said)]
            case "retract report":
                entry = report.entry("report-published")
                return [(town.admin, f"/api/entries/{entry}/retraction", WHY)]
            case "undo" if self.undone:
                entry = self.undone[n % len(self.undone)]
                return [(town.admin, f"/api/entries/{entry}/retraction", WHY)]
            case "retract" | "undo":
                return [(town.admin, f"/api/entries/{one}/retraction", WHY)]
            case "dispute":
                return [(town.admin, f"/api/entries/{one}/disputes", {"text": "No."})]
            case "release":
                said = {"field": TEXTS.get(self.types[one], "reason")}
                return [(town.admin, f"/api/entries/{one}/release", said)]
            case "redact":
                said = {"field": TEXTS.get(self.types[one], "reason"), "basis": "court_order"}
                return self._redaction(town.clerk, f"/api/entries/{one}/redaction", said)
            case "body":
                said = {"id": (*BODIES, *FORCES)[n % 4], "name": f"Name {n}"}
                said |= {"websites": ["pfcc.example"]} if n % 5 == 0 else {}
                said |= {"force": FORCES[n // 4 % 2]} if n % 4 < 2 and n % 3 == 0 else {}
                return [(town.admin, "/api/bodies/changes", dated | said)]
            case _:
                return self._succession(n, dated)
        raise AssertionError(step)

    def _redaction(
        self, caller: Caller, where: str, said: dict[str, Any]
    ) -> list[tuple[Caller, str, dict[str, Any]]]:
        """One account asks, and another confirms the entry that asked."""
        answer = caller.post(where, said)
        if answer.status_code != 201:
            return []
        self.remember(json_of(answer)["events"])
        sought = json_of(answer)["event"]["id"]
        return [(self.town.admin, f"/api/entries/{sought}/redaction-confirmation", {})]

    def _statement(
        self, n: int, day: str | None, response: str, body: str, report: Published
    ) -> tuple[Caller, str, dict[str, Any]]:
        force = FORCES[BODIES.index(body)]
        said: list[dict[str, Any]] = [
            explanation(number, addressee=force, how=how)
            | ({"text": None, "stance": "not_stated"} if how == "not_found" else {})
            for k, number in enumerate(("1", "2", "3", "afi-1"))
            if (how := HOW[(n // (k + 1)) % len(HOW)]) and (n >> k) % 2
        ]
        also = [{"report": self.other.reference, "explanations": []}] if n % 9 == 0 else []
        made = {
            "published_on": day,
            "parts": PARTS[n // 3 % len(PARTS)],
            "text": "I welcome this report.",
            "explanations": said if report is self.report else [],
            "also": also if report is self.report else [],
            "by": body,
            "source": self._source(n),
        }
        return self.town.admin, f"{response}/statement", made

    def _meeting(
        self, does: str, n: int, day: str | None, report: Published
    ) -> tuple[Caller, str, dict[str, Any]]:
        where = f"/api/meetings/{PANEL}/{self.first + timedelta(days=n % 40)}"
        if does == "held":
            return self.town.panel, f"{where}/held", {}
        if does == "paper":
            said = {"title": "P.", "known_at": 1, "effective_on": self.first.isoformat()}
            return self.town.panel, f"{where}/papers", said | {"occurred_on": day}
        of = {"report": report.reference, "number": "2", "body": FORCES[n % 2]}
        said = {"recommendation": of, "outcome": "Noted.", "occurred_on": day}
        return self.town.panel, f"{where}/reviews", said

    def _succession(
        self, n: int, dated: dict[str, Any]
    ) -> list[tuple[Caller, str, dict[str, Any]]]:
        """A body gives way to another, now and then: it does so for good."""
        if n % 8:
            return []
        mayor = f"mayor-{self.town.position}"
        new = {
            "id": mayor,
            "name": "M.",
            "kind": "local_policing_body",
            "force": FORCES[n // 8 % 2],
        }
        said = {"id": BODIES[n // 8 % 2], "successor": mayor}
        return [
            (self.town.admin, "/api/bodies", new),
            (self.town.admin, "/api/bodies/successions", dated | said),
        ]


def live(town: Town, first: date, steps: Sequence[Step], nth: int) -> Life:
    """A report of some days before a day and one beside it, and all the steps."""
    town.clock.set(f"{first}T08:00:00+00:00")
    both = {"addressees": list(FORCES)}
    published = (first - timedelta(days=(0, 3, 50, 70)[nth % 4])).isoformat()
    report = town.publish(
        town.admin,
        source=NOTE,
        key_findings="Much was found.",
        published_on=(published, published, published[:7], None)[nth // 4 % 4],
        bodies=list(BODIES) if nth % 3 else [PFCC],
        same_as=[f"https://first.example/{first}"],
        listed_by=("report", "report", "response")[nth // 5 % 3],
        recommendations=[
            recommended("1", kind="cause_of_concern", **both),
            recommended("02", **({"parent": "1"} if nth % 2 else {}), **both),
            recommended("3", **both, target={"on": first.isoformat(), "phrase": "Now"}),
            recommended("afi-1", kind="afi", **both),
        ],
    )
    other = town.publish(
        town.admin,
        source=NOTE,
        kind=("state_of_policing", "peel")[nth // 7 % 2],
        published_on=("2017-05-01", published)[nth // 3 % 2],
        bodies=[],
        recommendations=[recommended("1")],
    )
    due = (first + timedelta(days=nth % 60 - 10)).isoformat()
    duty = {"rule": "manual", "due_on": due, "source": NOTE}
    by_hand = town.admin.records(f"/api/responses/{other.reference}/{BODIES[nth % 2]}/duties", duty)
    life = Life(town, first, report, other, first)
    life.remember(by_hand["events"])
    for one in (report, other):
        life.remember(one.answer["events"])
    for step in steps:
        life.take(step)
    town.catch_up()
    return life


def _of_the_service(town: Town, n: int) -> None:
    """What the service records of itself, and no answer turns on."""
    name, vkey = f"{PFCC}/role-{town.position}", f"log.example+{town.position}+AAAA"
    acts: Sequence[Callable[[], Recorded]] = (
        lambda: town.ledger.open_account(SETUP, AccountOpened(account=name, body=PFCC), Told()),
        lambda: town.ledger.adopt_rule(SETUP, _next_rule(town, n), Told()),
        lambda: town.ledger.decide(
            SETUP,
            lambda decision: compare_list(
                decision,
                ListCompared(publisher="hmicfrs", count=3, matched=3, unlisted=0),
                Told(source=Source(url="https://www.example.org/list")),
            ),
        ),
    )
    if n % 4 < len(acts):
        acts[n % 4]()
    elif n % 8 == 3:
        _account_life(town, name)
    else:
        _key_life(town, vkey)


def _account_life(town: Town, name: str) -> None:
    ledger = town.ledger
    ledger.open_account(SETUP, AccountOpened(account=name, body=PFCC), Told())
    ledger.grant_scope(SETUP, ScopeGranted(account=name, scope="record"), Told())
    ledger.revoke_scope(SETUP, ScopeRevoked(account=name, scope="record"), Told())
    ledger.close_account(SETUP, AccountClosed(account=name), Told())


def _key_life(town: Town, vkey: str) -> None:
    ledger = town.ledger
    ledger.add_key(SETUP, KeyAdded(vkey=vkey), Told())
    ledger.rotate_key(SETUP, KeyAdded(vkey=f"{vkey}next"), vkey, Told())
    because = KeyCompromised(vkey=f"{vkey}next", from_size=1, reason=say("It lay about."))
    ledger.compromise_key(SETUP, because, Told())
    ledger.add_key(SETUP, KeyAdded(vkey=f"{vkey}last"), Told())
    resumed = SealingResumed(
        vkey=f"{vkey}last", at_size=0, because="compromised", reason=say("All is well.")
    )
    ledger.resume_sealing(SETUP, resumed, Told())


def _next_rule(town: Town, n: int) -> RuleAdopted:
    """Another version of the shipped rule, with another period."""
    rules = town.ledger.service().rules
    version = max(v for (name, v) in rules if name == "pa96-s55") + 1
    before = rules["pa96-s55", version - 1]
    return RuleAdopted(
        id="pa96-s55",
        version=version,
        title=before.title,
        citation=f"{before.citation} ({version})",
        text=before.text,
        bodies=before.bodies,
        reports=before.reports,
        match=before.match,
        applies_from=before.applies_from,
        applies_until=before.applies_until,
        period_days=(28, 56, None)[n // 4 % 3],
        sha256=before.sha256,
    )
