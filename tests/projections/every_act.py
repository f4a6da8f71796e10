"""Histories in which every act can happen but those of `NOT_DRAWN`, of every kind of day, in every
order.

A history is a list of steps; each is one command through the API of a site, days after the one
before. Many are refused: that is as it should be. They are lived through in `living`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from ledger.errors import AnswerableError
from tests.api.site import FORCE, NOTE, PFCC, Caller, Published, Site, explanation, json_of
from tests.api.site import recommendation as recommended
from tests.projections.service_acts import of_the_service

PANEL = "cumbria-police-fire-and-crime-panel"
BODIES, FORCES = (PFCC, "dorset-pcc"), (FORCE, "dorset-police")
SITE = "https://hmicfrs.justiceinspectorates.gov.uk"
FETCHED_FROM = (None, "hmicfrs.justiceinspectorates.gov.uk", "pfcc.example")
"""The hosts that answer; none: that of the address."""
WHY = {"reason": "A slip."}
NUMBERS = ("2", "02", "3", "1", "2", "3", "afi-1", "4")
PLANS = ("action-plan", "a-plan")
"""Names of duties beside the response."""
HOW = ("named", "named", "general", "not_found")
PARTS = (
    *(["comments"], ["comments"], ["comments", "chief_officer_comments"], ["reply"]),
    *(["comments"], ["chief_officer_comments"], ["comments", "chief_officer_comments", "reply"]),
)
CLAIMS: Sequence[Any] = (
    None,
    {"as_stated": "Done!", "means": "complete"},
    {
        "as_stated": "OK",
        "means": "on_track",
        "expected_on": "2025-12",
        "evidence": [{"what": "A.", "whose": FORCE, "on": "2025"}, {"what": "B.", "whose": "C."}],
    },
)
FIELDS: Mapping[str, Sequence[tuple[str, Any]]] = {
    "report-published": (("title", "Other"), ("kind", "peel"), ("listed_by", "response")),
    "report-graded": (("question", "Q1"), ("grade", "Other")),
    "recommendation-raised": (
        ("kind", "afi"),
        ("kind", "recommendation"),
        ("kind", "cause_of_concern"),
        ("target.on", None),
        ("target.on", "2026-01"),
        ("theme", "Other"),
        ("level", None),
        ("text", "Other."),
    ),
    "update-received": (
        ("claim.means", "complete"),
        ("claim.means", "on_track"),
        ("claim.expected_on", "2026-01"),
        ("claim.evidence.0.on", "2025-01"),
        ("text", "Other."),
    ),
    "commissioner-statement-issued": (("how", "general"), ("how", "named"), ("stance", "taken")),
    "response-published": (("parts.0", "reply"), ("parts.0", "comments"), ("text", "Other.")),
    "target-date-set": (("on", "2026-06-01"), ("origin", "report"), ("reason", "Other.")),
    "duty-disapplied": (("decided_by", "Other."), ("basis", "recorded_in_error")),
    "extension-granted": (("due_on", "2026-12-01"), ("basis", "Other.")),
    "chief-officer-comments-invited": (("reply_by", "2026-03"), ("reply_by", None)),
    "assurance-sought": (("reply_by", "2026-12-01"), ("question", "Other?")),
}
"""The corrections of each event's fields. Any other entry has its reason corrected."""
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
    "duty", "duty beside", "duty beside", "disapplication", "extension", "extension",
    "invitation", "invitation", "comments", "comments", "comments", "comments", "statement",
    "statement", "statement", "statement", "statement", "statement", "passage", "passage",
    "passage", "revision", "revision", "copy", "paper", "held", "review", "capture",
    "capture", "correct day", "correct day", "correct day", "correct report", "correct report",
    "correct", "correct", "correct", "cite", "retract", "retract", "retract", "retract report",
    "undo", "undo", "dispute", "release", "redact", "redact", "body", "succession", "service",
    "lookup", "lookup", "keeping", "keeping", "repeats", "repeats", "grade", "grade",
)  # fmt: skip

NOT_DRAWN = {
    "reports": "each life begins with its report, and the one beside it",
    "confirmations": "no body denies a duty on its own word here, so none can be confirmed",
    "clock-was-wrong": "the clock of a history is right",
}
"""The acts that no step records, and why."""


@dataclass(frozen=True)
class Step:
    """One command: its act, the days since the one before, its own day, and its subject."""

    does: str
    later: int
    day: str | int | None
    """So many days before, whole or as the `month` or `year` of it; none: not known."""
    nth: int
    catch_up: bool


def step(chance: Random) -> Step:
    """One step, whatever it is."""
    days = (None, chance.randint(-2, 60), chance.randint(0, 100), "year 0", "month")
    day = chance.choices(days, (2, 3, 3, 1, 1))[0]
    return Step(
        chance.choice(DOES),
        chance.choice((0, 0, 0, 1, 3, 10, 25)),
        f"month {chance.randint(0, 100)}" if day == "month" else day,
        chance.randrange(10**6),
        chance.random() < 0.03,
    )


@dataclass
class Life:
    """A report, the one beside it, and what happened to them."""

    site: Site
    first: date
    """The day on which the report was recorded."""
    address: str
    """The address of the page on which the report was published first."""
    report: Published
    other: Published
    today: date
    entries: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    undone: list[str] = field(default_factory=list)
    """Corrections and retractions: what can be set aside in turn."""
    captures: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Refusals, by act and type of problem."""

    def on(self, day: str | int | None) -> str | None:
        """Return a day of a step, as requests say it."""
        if isinstance(day, int) or day is None:
            return None if day is None else (self.today - timedelta(days=day)).isoformat()
        unit, _, n = day.partition(" ")
        exact = (self.today - timedelta(days=int(n))).isoformat()
        return exact[:7] if unit == "month" else exact[:4]

    def take(self, step: Step, today: date) -> None:
        """Do what a step does, on a day."""
        self.today = today
        if step.does == "service":
            try:
                of_the_service(self.site, step.nth)
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
            self.site.catch_up()

    def remember(self, events: list[dict[str, Any]]) -> None:
        self.entries += [one["id"] for one in events]
        self.types |= {one["id"]: one["type"] for one in events}
        changes = ("entry-corrected", "entry-retracted")
        self.undone += [one["id"] for one in events if one["type"] in changes]

    def _keep(self, nth: int) -> None:
        urls = (f"{SITE}/a", "https://pfcc.example/a", self.address)
        caller = (self.site.clerk, self.site.hmicfrs, self.site.caller("prisons"))[nth // 3 % 3]
        audience = "office" if nth % 7 == 0 else "public"
        if nth % 5 < 2:
            try:
                kept = self.site.fetched(urls[nth % 3], host=FETCHED_FROM[nth // 5 % 3])
                self.captures.append(kept)
            except AnswerableError as refused:  # the term of the office ended
                self.refused[f"capture {refused}"] += 1
            return
        answer = caller.upload(b"<p>A page</p>", url=urls[nth % 3], audience=audience)
        if answer.status_code == 409:  # the term of the office ended
            self.refused[f"capture {json_of(answer)['type']}"] += 1
            return
        assert answer.status_code == 201, answer.text
        self.captures.append(answer.headers["Location"].rpartition("/")[2])

    def _source(self, nth: int) -> dict[str, Any]:
        if self.captures and nth % 3:
            return {"capture": self.captures[nth % len(self.captures)]}
        return NOTE

    def _requests(self, step: Step) -> list[tuple[Caller, str, dict[str, Any]]]:
        site, n, day = self.site, step.nth, self.on(step.day)
        said: dict[str, Any]
        report = self.other if n % 17 == 0 else self.report
        one = self.entries[n % len(self.entries)]
        often = n // 7 % 10 < 7  # on one recommendation, so that acts on it meet
        number = "02" if often else NUMBERS[n // 2 % len(NUMBERS)]
        to = f"/api/recommendations/{report.reference}/{number}/{FORCES[not often and n // 16 % 2]}"
        body = BODIES[n // 5 % 10 > 6]
        response = f"/api/responses/{report.reference}/{body}"
        dated = {"occurred_on": day, "source": self._source(n)}
        clerk = (site.admin, site.admin, site.hmicfrs, site.clerk, site.caller("prisons"))[n % 5]
        match step.does:
            case "report":
                said = {
                    "field": ("title", "key_findings")[n % 2],
                    "now": f"Now {n}.",
                    "seen_on": day,
                }
                return [(site.admin, f"{report.path}/revisions", said | {"source": NOTE})]
            case "grade":
                said = {"question": f"Q{n % 3}", "grade": f"G{n % 4}", "body": FORCES[n // 3 % 2]}
                return [(clerk, f"{report.path}/grades", said | {"on": day, "source": NOTE})]
            case "report again":
                here = site.admin.get(report.path)
                if here.status_code == 404:
                    return []
                return [(site.admin, f"{response}/duties", {"source": NOTE})]
            case "duty beside":
                due = (self.first + timedelta(days=n // 3 % 80)).isoformat()
                said = {"rule": "manual", "due_on": due, "source": NOTE, "name": PLANS[n % 2]}
                return [(site.admin, f"{response}/duties", said)]
            case "takeover":
                source = {"source": self._source(n)} if n % 2 else {}
                publisher = (site.hmicfrs, site.caller("prisons"))[n // 2 % 2]
                return [(publisher, f"{report.path}/takeover", source)]
            case "recommendation":
                more = recommended(
                    ("4", "5", "2")[n % 3],
                    addressees=[FORCES[n // 2 % 2]],
                    kind=("recommendation", "cause_of_concern")[n // 4 % 2],
                    **({"parent": "1"} if n % 5 == 0 else {}),
                    **({"theme": "T", "level": "L", "publisher_number": "7"} if n % 7 else {}),
                )
                return [(site.admin, f"{report.path}/recommendations", dated | more)]
            case "assurance":
                said = {"of": FORCE, "question": "Done?", "by": PFCC}
                return [(site.admin, f"{to}/assurances", dated | said)]
            case "update":
                said = {"text": "U.", "claim": CLAIMS[n % 3]}
                said |= {"answers": one} if n % 4 == 0 else {}
                if n % 5 == 1:
                    said = {"text": "R.", "remark": True, "by": "hmicfrs", "source": NOTE}
                return [(site.admin, f"{to}/updates", dated | said)]
            case "target":
                on = (self.first + timedelta(days=n % 120 - 20)).isoformat()
                said = {"on": on, "origin": ("internal", "force")[n % 2], "by": PFCC}
                return [(site.admin, f"{to}/targets", dated | said | WHY)]
            case "closure-proposals":
                by = {"by": PFCC} if n % 3 == 0 else {}
                return [(clerk, f"{to}/closure-proposals", dated | WHY | by)]
            case "closures" | "refusals" | "reopenings" | "withdrawals":
                return [(clerk, f"{to}/{step.does}", dated | WHY)]
            case "supersessions":
                by = {"report": self.other.reference, "number": "1", "addressee": FORCE}
                return [(clerk, f"{to}/supersessions", dated | WHY | {"superseded_by": by})]
            case "repeats":
                earlier = {"report": self.other.reference, "number": "1", "addressee": FORCE}
                said = {"words": "own", "by": PFCC} if n % 3 else {"words": "publisher"}
                return [(clerk, f"{to}/repeats", dated | said | {"of": earlier})]
            case "duty":
                due = (self.first + timedelta(days=n % 80)).isoformat()
                said = {"rule": "manual", "due_on": due, "source": NOTE}
                return [(site.admin, f"/api/responses/{self.other.reference}/{body}/duties", said)]
            case "disapplication":
                bases = ("not_the_subject", "recorded_in_error", "same_findings_as")
                said = {"basis": bases[n % 3], "decided_by": "HMICFRS", "by": body}
                said |= {"same_as_report": self.other.reference} if n % 3 == 2 else {}
                said |= {"duty": PLANS[n // 3 % 2]} if n // 6 % 2 else {}
                return [(site.admin, f"{response}/disapplications", dated | said)]
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
                if n % 2:
                    where, said = f"{response}/extensions", said | {"duty": PLANS[n // 2 % 2]}
                return [(site.admin, where, dated | said)]
            case "invitation":
                before = (self.today + timedelta(days=n % 50 - 10)).isoformat()
                said = {"reply_by": (before, before, before[:7], None)[n // 3 % 4], "by": body}
                return [(site.admin, f"{response}/invitations", dated | said)]
            case "comments":
                said = {"text": "C."} | ({"duty": PLANS[n // 4 % 2]} if n % 4 == 1 else {})
                whose = (self._office(body), self._office(body), site.force, site.admin)[n // 8 % 4]
                return [(whose, f"{response}/comments", dated | said)]
            case "lookup":
                said = {"looked_on": day, "where": "Its page."}
                said |= {"duty": PLANS[n // 4 % 2]} if n % 4 == 1 else {}
                who = (site.panel, site.dorset, site.clerk, site.admin)[n // 8 % 4]
                return [(who, f"{response}/lookups", said | {"source": self._source(n)})]
            case "keeping":
                since = (self.first - timedelta(days=(0, 60, 9000)[n % 3])).isoformat()
                until = (self.today + timedelta(days=n // 3 % 40)).isoformat()
                said = {"from": since} | ({"until": until} if n // 3 % 3 == 0 else {})
                return [(self._office(body), f"/api/bodies/{body}/keeping", said)]
            case "copy":
                to_whom = ("inspectorate", "secretary_of_state")[n % 2]
                return [(site.admin, f"{response}/copies", dated | {"to": to_whom, "by": body})]
            case "statement":
                return [self._statement(n, day, response, body, report)]
            case "passage":
                said = {
                    "field": "passage",
                    "number": NUMBERS[n // 2 % len(NUMBERS)],
                    "addressee": FORCES[BODIES.index(body)],
                    "seen_on": day,
                    "now": None if n % 4 == 0 else f"Now {n}.",
                }
                said |= {"how": HOW[n // 4 % 3]} if n % 8 > 3 and n % 4 else {}
                revised = said | {"by": body, "source": self._source(n)}
                return [(site.admin, f"{response}/revisions", revised)]
            case "revision":
                which = ("text", "chief_officer_comments")[n // 2 % 2]
                said = {"field": which, "now": f"Now {n}.", "seen_on": day, "by": body}
                return [(site.admin, f"{response}/revisions", said | {"source": NOTE})]
            case "paper" | "held" | "review":
                return [self._meeting(step.does, n, day, report)]
            case "correct day":
                said = {"field": "occurred_on", "now": day, "source": self._source(n)}
                return [(site.admin, f"/api/entries/{one}/corrections", said | WHY)]
            case "correct report":
                target = report.entry("report-published")
                said = {"field": "published_on", "now": day, "source": self._source(n)}
                return [(site.admin, f"/api/entries/{target}/corrections", said | WHY)]
            case "correct":
                fields = FIELDS.get(self.types[one], [("reason", "Another reason.")])
                name, now = fields[n // 7 % len(fields)]
                said = {"field": name, "now": now, "source": self._source(n)} | WHY
                return [(site.admin, f"/api/entries/{one}/corrections", said)]
            case "cite":
                if not self.captures:
                    return []
                entry = report.entry("report-published") if n % 2 else one
                kept = self.captures[n % len(self.captures)]
                said = {"field": "source.capture", "now": kept} | WHY
                return [(site.admin, f"/api/entries/{entry}/corrections", said)]
            case "retract report":
                entry = report.entry("report-published")
                said = WHY | {"source": self._source(n)}
                return [(site.admin, f"/api/entries/{entry}/retraction", said)]
            case "undo" if self.undone:
                entry = self.undone[n % len(self.undone)]
                said = WHY | {"source": self._source(n)}
                return [(site.admin, f"/api/entries/{entry}/retraction", said)]
            case "retract" | "undo":
                said = WHY | {"source": self._source(n)}
                return [(site.admin, f"/api/entries/{one}/retraction", said)]
            case "dispute":
                return [
                    (
                        (site.admin, site.clerk)[n % 2],
                        f"/api/entries/{one}/disputes",
                        {"text": "No."},
                    )
                ]
            case "release":
                said = {"field": TEXTS.get(self.types[one], "reason")}
                return [(site.admin, f"/api/entries/{one}/release", said)]
            case "redact":
                said = {"field": TEXTS.get(self.types[one], "reason"), "basis": "court_order"}
                return self._redaction(site.clerk, f"/api/entries/{one}/redaction", said)
            case "body":
                said = {"id": (*BODIES, *FORCES)[n % 4], "name": f"Name {n}"}
                said |= {"websites": ["pfcc.example"]} if n % 5 == 0 else {}
                said |= {"force": FORCES[n // 4 % 2]} if n % 4 < 2 and n % 3 == 0 else {}
                return [(site.admin, "/api/bodies/changes", dated | said)]
            case _:
                return self._succession(n, dated)
        raise AssertionError(step)

    def _office(self, body: str) -> Caller:
        return self.site.clerk if body == PFCC else self.site.dorset

    def _redaction(
        self, caller: Caller, where: str, said: dict[str, Any]
    ) -> list[tuple[Caller, str, dict[str, Any]]]:
        """One account asks, and another confirms the entry that asked."""
        answer = caller.post(where, said)
        if answer.status_code != 201:
            return []
        self.remember(json_of(answer)["events"])
        sought = json_of(answer)["event"]["id"]
        return [(self.site.admin, f"/api/entries/{sought}/redaction-confirmation", {})]

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
        if n % 7 in (2, 5):
            del made["text"]
        elif n % 4 == 1:
            made["translations"] = [{"lang": "cy", "text": "Croesawaf yr adroddiad hwn."}]
        if n % 7 == 2:
            del made["parts"]
        if n // 5 % 3 == 0:
            made["duties"] = (["response"], [PLANS[0]], ["response", PLANS[0]])[n // 15 % 3]
        return self.site.admin, f"{response}/statement", made

    def _meeting(
        self, does: str, n: int, day: str | None, report: Published
    ) -> tuple[Caller, str, dict[str, Any]]:
        where = f"/api/meetings/{PANEL}/{self.first + timedelta(days=n % 40)}"
        if does == "held":
            return self.site.panel, f"{where}/held", {}
        if does == "paper":
            at = self.site.position
            said = {"title": "P.", "known_at": at, "effective_on": self.first.isoformat()}
            return self.site.panel, f"{where}/papers", said | {"occurred_on": day}
        of = {"report": report.reference, "number": "2", "addressee": FORCES[n % 2]}
        said = {"recommendation": of, "outcome": "Noted.", "occurred_on": day}
        return self.site.panel, f"{where}/reviews", said

    def _succession(
        self, n: int, dated: dict[str, Any]
    ) -> list[tuple[Caller, str, dict[str, Any]]]:
        """Return the requests by which a body gives way to another, now and then. It does so for
        good."""
        if n % 8:
            return []
        mayor = f"mayor-{self.site.position}"
        new = {
            "id": mayor,
            "name": "M.",
            "kind": "local_policing_body",
            "force": FORCES[n // 8 % 2],
        }
        said = {"id": BODIES[n // 8 % 2], "successor": mayor}
        return [
            (self.site.admin, "/api/bodies", new),
            (self.site.admin, "/api/bodies/successions", dated | said),
        ]
