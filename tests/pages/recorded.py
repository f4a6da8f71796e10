"""The site that the pages are read in: four reports on record, and every act that a page shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.api.addresses import PANEL
from tests.api.site import FORCE, PFCC, Caller, Site

TITLE = "Organised immigration crime"
REPORT, EARLIER, MONTH, JULY = (
    "organised-crime",
    "first-look",
    "some-day-in-may",
    "some-day-in-july",
)
"""The report that the pages are about; one of the year before with the same findings; one without
an exact day; and one whose response has none."""
DORSET, FIRE = "dorset-pcc", "cumbria-fire"
ASKED = "Chief constables should make sure they have clear plans to share what they know."
PASSAGE = "I'm assured that Cumbria Police will work closely with HMICFRS to show clear plans."
FINDINGS = "During the inspection, HMICFRS examined:\n- who led the response;\n- what was learned."
RESPONSE_URL = "https://cumbria-pfcc.example/responses/oic"
PAGES = {
    "home": "/",
    "body": f"/bodies/{PFCC}",
    "report": f"/reports/{REPORT}",
    "recommendation": f"/recommendations/{REPORT}/4/{FORCE}",
    "across": f"/across/{REPORT}/4",
    "response": f"/responses/{REPORT}/{PFCC}",
    "life": f"/recommendations/{REPORT}/9/{FORCE}",
    "owed": f"/responses/{REPORT}/{FIRE}",
    "meeting": f"/meetings/{PANEL}/2025-10-22",
    "meeting of nothing": f"/meetings/{PANEL}/2025-07-16",
    "pack": f"/bodies/{PFCC}/pack",
    "changes": f"/changes?from=2025-06-14&body={PFCC}",
}
Json = dict[str, Any]


def owed_by(body: str, report: str = REPORT) -> str:
    """Return the path of what a body owes to a report."""
    return f"/api/responses/{report}/{body}"


def as_it_is(words: str) -> str:
    """Return words as they are."""
    return words


@dataclass
class Recorder:
    """Records the acts in a site, each on its day."""

    site: Site
    say: Callable[[str], str] = as_it_is
    """Turns the words of others into other words."""

    def record(self) -> None:
        """Record everything, and leave the site on 24 November 2025."""
        for day, acts in {
            "2025-06-02": self._reports,
            "2025-06-13": self._fire,
            "2025-07-02": self._more_time,
            "2025-08-01": self._response,
            "2025-08-05": self._recommendation,
            "2025-08-06": self._life,
            "2025-09-02": self._decided,
            "2025-09-03": self._repeat,
            "2025-10-23": self._meetings,
            "2025-11-03": self._register,
        }.items():
            self.site.clock.set(f"{day}T09:30:00+00:00")
            acts()
        self.site.clock.set("2025-11-24")
        self.site.catch_up()

    def public(self, words: str) -> Json:
        """Return a text that everybody may read."""
        return {"text": self.say(words), "audience": "public"}

    @property
    def letter(self) -> Json:
        """Return a source that everybody may read."""
        return {"source": {"note": self.public("letter of 3 August")}}

    def _reports(self) -> None:
        """Publish the reports."""
        site, say = self.site, self.say
        for caller, body in ((site.clerk, PFCC), (site.dorset, DORSET)):
            caller.act(f"/api/bodies/{body}/keeping", {"from": "2005-01-01"})
        alone: Json = {"recommendations": []}
        site.publish(**alone, reference=EARLIER, title=say("A first look"),
                     published_on="2024-03-05", bodies=[])  # fmt: skip
        site.publish(**alone, reference=MONTH, title=say("In May"), published_on="2025-05")
        site.publish(**alone, reference=JULY, title=say("In spring"))
        asked = {"text": say(ASKED), "addressees": [FORCE]}
        until = {"on": "2025-12-31", "phrase": say("By 31 December 2025")}
        listed = {"publisher_number": "4711", "theme": say("Crime"), "level": say("National")}
        site.publish(
            reference=REPORT,
            title=say(TITLE),
            bodies=[PFCC, DORSET],
            source=site.own_page(),
            cites=say("Section 33 of the Police Act 1996"),
            key_findings=say(FINDINGS),
            same_as=["https://hmicfrs.example/oic"],
            recommendations=[
                asked | {"number": "04", "partners": [say("College")], "target": until} | listed,
                asked | {"number": "05", "target": {"on": "2025-09-01", "phrase": say("Soon")}},
                asked | {"number": "09", "kind": "cause_of_concern"},
                *(asked | {"number": number} for number in ("10", "11", "12")),
            ],
        )
        graded = {"question": say("Preventing crime"), "grade": say("Adequate"), "body": FORCE}
        source = {"source": {"url": "https://hmicfrs.example/oic"}}
        site.clerk.act(f"/api/reports/{REPORT}/grades", graded | {"on": "2025-05-16"} | source)

    def _fire(self) -> None:
        """Let the fire authority owe a response by a day that was given."""
        admin, path, told = self.site.admin, owed_by(FIRE), {"by": FIRE} | self.letter
        duty = {"rule": "manual", "due_on": "2025-07-10"}
        admin.act(f"{path}/duties", duty | self.letter)
        invited = {"reply_by": "2025-06-20", "occurred_on": "2025-06-12"}
        admin.act(f"{path}/invitations", told | invited)
        comments = {"text": self.public("We agree."), "occurred_on": "2025-06-13"}
        admin.act(f"{path}/comments", comments | self.letter)

    def _more_time(self) -> None:
        """Move the fire authority's last day, and say that its duty does not apply."""
        admin, path, told = self.site.admin, owed_by(FIRE), {"by": FIRE} | self.letter
        granted = {
            "applied_on": "2025-06-30",
            "granted_on": "2025-07-01",
            "granted_by": self.public("The Home Office"),
            "due_on": "2025-09-01",
            "basis": self.public("The election."),
            "occurred_on": "2025-07-01",
        }
        admin.act(f"{path}/extensions", granted | self.letter)
        looked = {"where": self.public("The page of responses."), "looked_on": "2025-07-01"}
        page = {"source": {"url": "https://cumbria-fire.example/responses"}}
        self.site.clerk.act(f"{path}/lookups", looked | page)
        same = {"basis": "same_findings_as", "same_as_report": EARLIER, "occurred_on": None}
        decided = {"decided_by": self.public("The authority’s monitoring officer")}
        admin.act(f"{path}/disapplications", told | same | decided)

    def _response(self) -> None:
        """Publish the office's responses: one four days late, one in July."""
        clerk, path, say = self.site.clerk, owed_by(PFCC), self.say
        for report in (JULY, MONTH):
            there = {"published_on": "2025-07", "text": say("I welcome it."), "explanations": []}
            clerk.act(f"{owed_by(PFCC, report)}/statement", there)
        explained = {"addressee": FORCE, "how": "named", "text": say(PASSAGE)}
        no_action = {"stance": "no_action", "reason": say("It is done.")}
        comments = {"text": say("We agree."), "occurred_on": "2025-07-01"}
        clerk.act(f"{path}/comments", comments | self.letter)
        statement = {
            "published_on": "2025-07-14",
            "text": say(f"I welcome the report.\n\n{PASSAGE}"),
            "url": RESPONSE_URL,
            "source": {"url": RESPONSE_URL},
            "explanations": [
                explained | {"number": "04", "stance": "not_stated"},
                explained | {"number": "09"} | no_action,
                explained | {"number": "10", "stance": "not_stated", "how": "general"},
            ],
        }
        clerk.act(f"{path}/statement", statement)
        clerk.act(f"{path}/copies", {"to": "secretary_of_state", "occurred_on": "2025-07-20"})
        passage = {"field": "passage", "number": "09", "addressee": FORCE, "how": "named"}
        now = {"now": say("I have sought assurance, and have it."), "seen_on": "2025-07-31"}
        clerk.act(f"{path}/revisions", passage | now)
        plan = {"rule": "manual", "name": "action-plan", "due_on": "2025-08-01"}
        self.site.admin.act(f"{path}/duties", plan | self.letter)
        denied = {"basis": "recorded_in_error", "duty": "action-plan", "occurred_on": None}
        decided = {"decided_by": self.public("The commissioner")}
        clerk.act(f"{path}/disapplications", denied | decided)
        confirmed = {"duty": "action-plan", "occurred_on": None} | self._because(
            "It was inspected."
        )
        self.site.admin.act(f"{path}/confirmations", confirmed | self.letter)

    def _ask(self, path: str, question: str, **more: object) -> str:
        """Ask the force a question, by 30 September."""
        asked = {"of": FORCE, "question": self.say(question), "reply_by": "2025-09-30"}
        return self.site.clerk.act(f"{path}/assurances", asked | more)

    def _claim(self, path: str, answers: str, day: str) -> str:
        """Record the force's claim that it is done, as the office heard of it."""
        audit = {"what": self.public("An audit of forty files"), "whose": FORCE, "on": "2025-07"}
        claim = {"as_stated": self.public("GREEN"), "means": "complete", "evidence": [audit]}
        told = {"text": self.say("Nearly all is done."), "claim": claim, "answers": answers}
        said = told | {"occurred_on": day, "by": FORCE}
        return self.site.clerk.act(f"{path}/updates", said | self.letter)

    def _recommendation(self) -> None:
        """Ask the force about recommendation 04, and record what others say of it."""
        clerk, force, path = self.site.clerk, self.site.force, recommendation("04")
        sought = self._ask(path, "Is it kept?", occurred_on="2025-07-15")
        embedded = self.public("Are the plans embedded?")
        clerk.act(f"{path}/assurances", {"of": FORCE, "question": embedded, "occurred_on": None})
        self._claim(path, sought, "2025-07-21")
        slip = {"reason": self.say("Typed from the wrong line.")}
        mended = {"field": "occurred_on", "now": "2025-07-14"}
        clerk.act(f"/api/entries/{sought}/corrections", mended | slip)
        seen = self._because("The plans were seen.", by="hmicfrs", occurred_on="2025-07-30")
        closed = clerk.act(f"{path}/closures", seen | self.letter)
        clerk.act(f"/api/entries/{closed}/retraction", self._because("It was of another."))
        moved = {"on": "2026-03-31", "origin": "force", "occurred_on": "2025-07-31"}
        force.act(f"{path}/targets", self._because("It waits for the region.") | moved)
        goes_on = {"text": self.say("It goes on."), "occurred_on": "2025-07-31"}
        force.act(f"{recommendation('05')}/updates", goes_on)

    def _because(self, why: str, **more: object) -> Json:
        return {"reason": self.public(why)} | more

    def _life(self) -> None:
        """Dispute, release and redact texts of recommendation 09."""
        clerk, path = self.site.clerk, recommendation("09")
        sought = self._ask(path, "Who led it?", occurred_on="2025-07-14")
        update = self._claim(path, sought, "2025-07")
        soon = {"on": "2026-03-31", "origin": "internal", "occurred_on": "2025-07-14"}
        clerk.act(f"{path}/targets", self._because("The region starts then.") | soon)
        goes_on = {"text": self.public("We begin."), "occurred_on": "2025-07-10"}
        self.site.force.act(f"{path}/updates", goes_on)
        disputed = {"text": self.public("We wrote “on track”, not “complete”.")}
        self.site.force.act(f"/api/entries/{update}/disputes", disputed)
        clerk.act(f"/api/entries/{update}/release", {"field": "text"})
        redaction = {"field": "question", "basis": "personal_data"}
        asked = clerk.act(f"/api/entries/{sought}/redaction", redaction)
        self.site.admin.act(f"/api/entries/{asked}/redaction-confirmation", {})

    def _decided(self) -> None:
        """Decide on the recommendations from 09 on."""
        clerk, hmicfrs = self.site.clerk, self.site.hmicfrs
        told = {"by": "hmicfrs"} | self.letter
        other = {"report": REPORT, "number": "04", "addressee": FORCE}

        def act(who: Caller, number: str, word: str, why: str, **more: object) -> None:
            said = self._because(why, occurred_on="2025-09-01")
            who.act(f"{recommendation(number)}/{word}", said | more)

        act(clerk, "09", "closure-proposals", "The plans are embedded.")
        act(clerk, "09", "refusals", "No evidence was sent.", **told)
        act(clerk, "09", "closures", "The evidence was seen.", **told)
        act(hmicfrs, "09", "reopenings", "It came back.")
        act(hmicfrs, "09", "supersessions", "Number 4 asks for more.", superseded_by=other)
        act(clerk, "10", "withdrawals", "Word of mouth.", **told)
        act(clerk, "12", "closures", "It was seen.", **told)
        raised = clerk.reads(f"{recommendation('11')}/history")["items"][0]["id"]
        clerk.act(f"/api/entries/{raised}/retraction", self._because("Typed twice."))

    def _meetings(self) -> None:
        """Let the panel meet twice, once with a paper and two reviews."""
        panel, path = self.site.panel, f"/api/meetings/{PANEL}/2025-10-22"
        panel.act(f"/api/meetings/{PANEL}/2025-07-16/held", {})
        known = {"known_at": self.site.position, "effective_on": "2025-10-01"}
        title = {"title": self.public("What became of it"), "occurred_on": "2025-10-14"}
        paper = panel.act(f"{path}/papers", known | title)
        panel.act(f"{path}/held", {})
        to = {"report": REPORT, "addressee": FORCE}
        asked = {"question": self.public("Why is it not done?"), "paper": paper}
        for number, more in (("09", asked), ("04", {})):
            outcome = {"outcome": self.public("An answer by June.")}
            panel.act(
                f"{path}/reviews", {"recommendation": to | {"number": number}} | outcome | more
            )

    def _register(self) -> None:
        """Change what the register says, and let the report's publisher take it over."""
        admin = self.site.admin
        title = {"field": "title", "now": self.say("A second look"), "seen_on": "2025-10-30"}
        self.site.clerk.act(f"/api/reports/{EARLIER}/revisions", title | self.letter)
        self.site.hmicfrs.act(f"/api/reports/{EARLIER}/takeover", {})
        for name in ("old", "new"):
            body = {"id": f"{name}-body", "name": self.say(f"The {name} body")}
            admin.act("/api/bodies", body | {"kind": "national_body"} | self.letter)
        changed = {"id": "new-body", "name": self.say("The newest body"), "occurred_on": None}
        admin.act("/api/bodies/changes", changed | self.letter)
        followed = {"id": "old-body", "successor": "new-body", "occurred_on": "2025-10-01"}
        admin.act("/api/bodies/successions", followed | self.letter)

    def _repeat(self) -> None:
        """Raise and close a recommendation in the report of the year before, and note that one of
        the report repeats it."""
        of = {"report": EARLIER, "number": "1", "addressee": "dorset-police"}
        raised = {"number": "1", "text": self.say("Share it."), "addressees": [of["addressee"]]}
        day = {"occurred_on": "2024-03-05"}
        self.site.hmicfrs.act(f"/api/reports/{EARLIER}/recommendations", raised | day)
        path = f"/api/recommendations/{EARLIER}/1/{of['addressee']}"
        self.site.hmicfrs.act(f"{path}/closures", self._because("It was seen.") | day)
        repeat = {"of": of, "words": "publisher", "occurred_on": "2025-09-01"}
        self.site.clerk.act(f"{recommendation('12')}/repeats", repeat | self.letter)


def recommendation(number: str) -> str:
    """Return the path of a recommendation of the report."""
    return f"/api/recommendations/{REPORT}/{number}/{FORCE}"
