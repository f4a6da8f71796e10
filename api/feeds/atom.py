"""The log as an Atom feed (RFC 4287), the newest entries first, in pages (RFC 5005, section 3).

Like everything that leaves the log, it has sealed entries only, and no texts. An entry's content is
the address of its canonical line, which has the commitments of its texts.
"""

import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as XML

import marshmallow as ma
from flask import Response

from api.requests import current, questions
from api.requests.answers import followed
from api.requests.parsing import Blueprint
from api.schemas.reads import Asked, Filters, Limit, WholeNumber
from ledger.dates import in_words, rfc3339
from ledger.events.entry import Entry
from ledger.events.streams import report_of
from ledger.states.effect import KNOWLEDGE
from projections.questions import lists, log_entries
from projections.questions.log_entries import Found, Wanted
from projections.questions.question import Question

blueprint = Blueprint("atom", __name__, description="The log as an Atom feed.")

PATH = "/feeds/entries.atom"
_WITH_PAGE = {"report", "recommendation", "response", "meeting"}
_ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may contain, even escaped (XML 1.0, section 2.2)."""


class AskedFeed(Filters):
    """The feed's parameters: the filters of the list of entries, and the start of a page."""

    class Meta(Asked.Meta):
        pass

    before = WholeNumber(
        validate=ma.validate.Range(min=1, max=2**53 - 1),
        metadata={"description": "The page of entries before this position, as `next` gives it."},
    )
    limit = Limit()


@blueprint.get(PATH)
@blueprint.arguments(AskedFeed, location="query")
@blueprint.file("application/atom+xml")
def atom_feed(asked: dict[str, Any]) -> Response:
    """Return the sealed entries as an Atom feed, the newest first. `next` leads to older ones. The
    id of an item is that of the entry's event and never changes."""
    asked = questions.with_ids(asked)
    question = questions.question_sealed()
    found = log_entries.newest(question, Wanted.of(asked), asked.get("before"), asked["limit"])
    text = XML.tostring(_feed(question, found, asked), encoding="utf-8", xml_declaration=True)
    return followed(Response(text, content_type="application/atom+xml; charset=utf-8"))


def _feed(question: Question, found: Found, asked: Mapping[str, Any]) -> XML.Element:
    settings = current.settings()
    filters = {
        name: asked[name] for name in sorted(Filters().fields) if asked.get(name) is not None
    }
    page = {name: asked[name] for name in ("before", "limit") if asked.get(name) is not None}
    made = XML.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    whose = "".join(f", {name} {value}" for name, value in filters.items())
    _say(made, "title", f"Entries of {settings.origin}{whose}")
    # The feed's id depends on the log and the question, not on the service's address.
    asked_of = f"{settings.origin}{PATH}?{urlencode(filters)}"
    _say(made, "id", uuid.uuid5(uuid.NAMESPACE_URL, asked_of).urn)
    newest = found.entries[0].instant if found.entries else question.when.moment
    _say(made, "updated", rfc3339(newest) if newest else "1970-01-01T00:00:00Z")
    _say(XML.SubElement(made, "author"), "name", settings.origin)
    _say(made, "generator", "Answerable")
    _link(made, "self", _address(filters | page), "application/atom+xml")
    _link(made, "alternate", f"{settings.address}/", "text/html")
    _link(made, "first", _address(filters | {"limit": asked["limit"]}), "application/atom+xml")
    if found.next is not None:
        older = filters | {"limit": asked["limit"], "before": found.next}
        _link(made, "next", _address(older), "application/atom+xml")
    reports = {report_of(entry.stream) for entry in found.entries}
    titles = lists.titles_of(question, {one for one in reports if one is not None})
    for entry in found.entries:
        made.append(_entry(entry, _about(entry.stream, question, titles)))
    return made


def _address(asked: Mapping[str, Any]) -> str:
    return f"{current.settings().address}{PATH}?{urlencode(asked)}".rstrip("?")


def _entry(entry: Entry, about: str) -> XML.Element:
    here = f"{current.settings().address}/api/entries/{entry.id}"
    made = XML.Element("entry")
    _say(made, "title", f"{entry.data.TOPIC.replace('-', ' ').capitalize()}: {about}")
    _say(made, "id", f"urn:uuid:{entry.id}")
    _say(made, "updated", rfc3339(entry.instant))
    _say(made, "published", rfc3339(entry.instant))
    _say(XML.SubElement(made, "author"), "name", entry.recorded_by)
    XML.SubElement(made, "category", {"term": entry.data.TOPIC})
    _say(made, "summary", _summary(entry))
    XML.SubElement(made, "content", {"type": "application/json", "src": f"{here}/raw"})
    if (page := _page(entry.stream)) is not None:
        _link(made, "alternate", f"{current.settings().address}{page}", "text/html")
    _link(made, "related", here, "application/json")
    _link(made, "related", f"{here}/receipt", "text/plain")
    return made


def _summary(entry: Entry) -> str:
    happened = "on a day not known" if entry.occurred_on is None else f"on {entry.occurred_on}"
    what = "" if isinstance(entry.data, KNOWLEDGE) else f" It is said to have happened {happened}."
    return f"Entry {entry.position} of the log, recorded by {entry.recorded_by}.{what}"


def _about(stream: str, question: Question, titles: Mapping[str, str]) -> str:
    """Return the subject of a stream by titles and names, which are public."""

    def name(body: str) -> str:
        found = question.register.bodies.get(body)
        return found.name if found else body

    match stream.split("/"):
        case ["report", report]:
            return titles.get(report, report)
        case ["response", report, body]:
            return f"response of {name(body)} to “{titles.get(report, report)}”"
        case ["recommendation", report, key, body]:
            return f"{key} of “{titles.get(report, report)}” to {name(body)}"
        case ["meeting", panel, day]:
            return f"{name(panel)}, {in_words(day)}"
        case ["capture", _]:
            return "evidence kept"
        case _:
            return "this service"


def _page(stream: str) -> str | None:
    """Return the path of the page about a stream, if there is one."""
    kind, _, rest = stream.partition("/")
    return f"/{kind}s/{rest}" if kind in _WITH_PAGE else None


def _say(parent: XML.Element, name: str, words: str) -> None:
    XML.SubElement(parent, name).text = _NO_XML.sub("\ufffd", words)


def _link(parent: XML.Element, relation: str, address: str, media: str) -> None:
    XML.SubElement(parent, "link", {"rel": relation, "type": media, "href": address})
