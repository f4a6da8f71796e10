"""What a panel member asks of a body before a meeting: what is late or not shown, what passed its
target, what was asked and has no reply, and when its panel last met."""

from collections.abc import Callable
from typing import Any

from ledger.errors import NotKnownThen, NotRecorded
from projections.answers import Json
from projections.lists import MOST, Lists
from projections.moment import At

ATTENTION = ("overdue", "late", "not_shown", "due")
"""The verdicts of which a pack lists the responses, in this order."""


class Packs(Lists):
    """Questions about one body and all that concerns it."""

    def body(self, when: At, body: str) -> Json:
        """A body, and of what concerns it, what wants attention; the rest is in the lists."""
        bodies = {one["id"]: one for one in self.bodies(when)["items"]}
        if body not in bodies:
            now = self._ledger.service().bodies
            kind = NotKnownThen if body in now else NotRecorded
            then = " was not in the register then" if body in now else " is not in the register"
            raise kind(f"“{body}”{then}.")
        responses = _all(lambda after: self.responses(when, body=body, after=after, limit=MOST))
        asked = _all(lambda after: self.recommendations(when, body=body, after=after, limit=MOST))
        reports = _all(lambda after: self.reports(when, body=body, after=after, limit=MOST))
        titles = {one["report"]: one["title"] for one in reports}
        verdicts = [one["verdict"] for one in responses]
        attention = [one for one in responses if one["verdict"] in ATTENTION]
        attention.sort(key=lambda one: (ATTENTION.index(one["verdict"]), one["due_on"] or ""))
        passed = [one for one in asked if one["target"]["standing"] == "passed"]
        passed.sort(key=lambda one: str(one["target"]["on"]))
        statuses = [one["status"] for one in asked]
        return {
            **bodies[body],
            "reports": len(reports),
            "responses": {word: verdicts.count(word) for word in dict.fromkeys(verdicts)},
            "recommendations": {word: statuses.count(word) for word in dict.fromkeys(statuses)},
            "attention": [_response(one, titles) for one in attention],
            "passed": [_recommendation(one, titles) for one in passed],
            "unanswered": [
                {**_recommendation(one, titles), "assurance": question}
                for one in asked
                for question in one["assurances"]["items"]
                if question["answered_by"] is None
            ],
            "last_meeting": self._last_meeting(when, bodies[body]),
            "as_of": when.as_of,
            "links": {"self": f"/api/bodies/{body}", "page": f"/bodies/{body}"},
        }

    def bodies(self, when: At) -> Json:
        """The register of bodies."""
        return self._of_service(when, lambda service: service.bodies.values())

    def _last_meeting(self, when: At, body: Json) -> Json | None:
        """The last meeting, on a day that is over, of the panel that holds a body to account."""
        panel = body["id"] if body["kind"] == "panel" else body.get("panel")
        if panel is None:
            return None
        today = when.effective_on.isoformat()
        found = self.meetings(when, panel=panel)["items"]
        return next((one for one in found if one["date"] < today), None)


def _all(page: Callable[[str | None], Json]) -> list[Json]:
    """The items of all pages of a list."""
    found: list[Json] = []
    after: str | None = None
    while True:
        answer = page(after)
        found += answer["items"]
        if (after := answer["next"]) is None:
            return found


def _response(one: Json, titles: dict[str, str]) -> Json:
    kept = (
        *("report", "body", "body_name", "verdict", "days", "at_least", "due_on", "published_on"),
        *("basis", "bases", "headline", "improved_later", "links"),
    )
    return _named(one, titles, kept)


def _recommendation(one: Json, titles: dict[str, str]) -> Json:
    kept = (
        *("report", "number", "key", "kind", "addressee", "addressee_name", "status", "target"),
        *("claim", "last_update_on", "links"),
    )
    return _named(one, titles, kept)


def _named(one: Json, titles: dict[str, str], kept: tuple[str, ...]) -> Json:
    said: dict[str, Any] = {name: one[name] for name in kept}
    return {**said, "report_title": titles.get(one["report"], one["report"])}
