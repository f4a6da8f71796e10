"""A scene in which every event that has texts was recorded, each text a word of its own.

Texts are for the office unless they say otherwise. The tests work out by hand who may read which
(`CIRCLES`), from who recorded an entry and whose act it is. They don't ask the code under test.
"""

import re
import typing
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, is_dataclass
from functools import cached_property
from itertools import count
from typing import Any

from werkzeug.test import TestResponse

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.acts.key import add_key, compromise_key, resume_sealing
from ledger.acts.service import close_account, revoke_scope
from ledger.events import (
    EVENTS,
    AccountClosed,
    EntryCorrected,
    KeyAdded,
    KeyCompromised,
    ScopeRevoked,
    SealingResumed,
    Source,
    TextReleased,
)
from ledger.events.entry import Entry, texts
from ledger.events.service import Scope
from ledger.events.texts import Text, say
from ledger.states.service import SETUP
from ledger.verify import note
from tests.api.site import FORCE, PFCC, Caller, Site

PANEL, FIRE = "cumbria-police-fire-and-crime-panel", "cumbria-fire"
MEETING = f"/api/meetings/{PANEL}/2025-10-09"
DAY = "2025-07-01"

CUMBRIA = {"clerk", "reader", "force"}
CIRCLES = {PFCC: CUMBRIA, FORCE: CUMBRIA, "hmicfrs": {"hmicfrs"}, PANEL: {"panel"}}
"""The readers of an office text by body: its own accounts, those of its force, and those of the
office that holds it to account. A panel scrutinises, and reads what is public."""
EVERYTHING = {"auditor", "admin"}
NOBODY = {None, "dorset", "dorset_force", "revoked", "closed"}
READERS = (*sorted(CUMBRIA), "hmicfrs", "panel", *sorted(EVERYTHING), *sorted(NOBODY, key=str))
_WORD = re.compile(rb"zq[a-j]{3,}xq")
MORE_ACCOUNTS: dict[str, tuple[str, str | None, tuple[Scope, ...]]] = {
    "dorset_force": ("dorset-police/audit", "dorset-police", ("record", "office")),
    "revoked": ("cumbria-pfcc/former-reader", PFCC, ("office",)),
    "closed": ("cumbria-pfcc/former-clerk", PFCC, ("record", "office")),
}


@dataclass(frozen=True)
class Word:
    """A text of the scene: where it lies, its words, who may read it."""

    entry: Entry
    path: str
    body: str
    salt: str
    audience: str
    released: bool
    corrects: Entry | None
    """The entry whose text it takes the place of, if it does: it is for the same readers."""

    @property
    def open(self) -> bool:
        return self.audience == "public" or self.released

    def may_read(self, who: str | None) -> bool:
        whose = [self.entry, *([self.corrects] if self.corrects else [])]
        bodies = {body for one in whose for body in (one.by, one.recorded_by.partition("/")[0])}
        circle = set().union(*(CIRCLES.get(str(body), set()) for body in bodies))
        return self.open or who in EVERYTHING | circle


def occurring(said: bytes, words: Collection[bytes]) -> list[bytes]:
    """Those of these words, or salts, that occur in what was said. Words are found by their form,
    all at once: to look for one after the other takes two hundred times as long."""
    there = set(_WORD.findall(said))
    return [one for one in words if one in there or (not _WORD.fullmatch(one) and one in said)]


@dataclass
class Scene:
    """A site after all that, its words, and what was sent to record them."""

    site: Site
    reference: str = ""
    capture: str = ""
    captured: str = ""
    """The word in the bytes that are kept."""
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _got: dict[Any, TestResponse] = field(default_factory=dict)
    _forbidden: dict[Any, set[str]] = field(default_factory=dict)
    _held: dict[Any, set[bytes]] = field(default_factory=dict)

    def word(self) -> str:
        """A word that occurs nowhere else, and that a search finds."""
        figures = "".join(chr(ord("a") + int(figure)) for figure in f"{next(self._numbers):03}")
        return f"zq{figures}xq"

    def said(self) -> dict[str, str]:
        return {"text": self.word(), "audience": "office"}

    def note(self) -> dict[str, Any]:
        return {"source": {"note": self.said(), "url": "https://a.example/page"}}

    def act(self, by: Caller, path: str, body: dict[str, Any], dated: str | None = DAY) -> str:
        body = {**body, **({"occurred_on": dated} if dated else {})}
        self.sent.append((path, body))
        return by.act(path, body)

    @cached_property
    def words(self) -> list[Word]:
        """Every text of every entry after the site was set up, the office's texts first."""
        entries = [entry for entry in self.site.ledger.read(0, 100_000) if entry.position > 1]
        by_id = {entry.id: entry for entry in entries}
        released = {
            (by_id[entry.data.target].position, entry.data.field)
            for entry in entries
            if isinstance(entry.data, TextReleased)
        }
        openings = self.site.ledger.openings([entry.position for entry in entries])
        return [
            Word(
                entry,
                path,
                openings[place].body,
                openings[place].salt.hex(),
                text.audience,
                place in released,
                by_id[entry.data.target]
                if isinstance(entry.data, EntryCorrected) and path == "now"
                else None,
            )
            for entry in entries
            for path, text in texts(entry)
            if (place := (entry.position, path)) in openings
        ]

    def got(self, who: str | None, path: str, **asked: Any) -> TestResponse:
        """Return the answer that a reader gets; each address is asked once."""
        name = (who, path, tuple(asked.items()))
        if name not in self._got:
            self._got[name] = self.callers[who].get(path, **asked)
        return self._got[name]

    @cached_property
    def bodies(self) -> set[bytes]:
        return {word.body.encode() for word in self.words}

    @cached_property
    def salts(self) -> set[bytes]:
        return {word.salt.encode() for word in self.words}

    @cached_property
    def callers(self) -> dict[str | None, Caller]:
        return {who: self.site.caller(who) for who in READERS}

    def forbidden(self, who: str | None, entry: str | None = None) -> set[str]:
        """The words that a reader may read nowhere (of one entry: not with it)."""
        if (who, entry) not in self._forbidden:
            here = [word for word in self.words if entry in (None, word.entry.id)]
            allowed = {word.body for word in here if word.may_read(who)}
            self._forbidden[(who, entry)] = {word.body for word in here} - allowed
        return self._forbidden[(who, entry)]

    def held(self, who: str | None, entry: str | None = None) -> set[bytes]:
        """The same as bytes, with the salts that would open what he may read nowhere."""
        if (who, entry) not in self._held:
            nowhere = self.forbidden(who)
            salts = {word.salt for word in self.words if word.body in nowhere}
            found = self.forbidden(who, entry) | salts
            self._held[(who, entry)] = {word.encode() for word in found}
        return self._held[(who, entry)]


def text_paths(kind: Any, path: str = "") -> Iterator[str]:
    """The paths of the texts that an event can have; `*` stands for a place in a list."""
    if kind is Text:
        yield path
    elif typing.get_origin(kind) is typing.Annotated:
        yield from text_paths(typing.get_args(kind)[0], path)
    elif args := typing.get_args(kind):
        step = f"{path}.*" if typing.get_origin(kind) is tuple else path
        for arg in args:
            yield from text_paths(arg, step)
    elif is_dataclass(kind):
        for name, hint in typing.get_type_hints(kind, include_extras=True).items():
            if typing.get_origin(hint) is not typing.ClassVar:
                yield from text_paths(hint, f"{path}.{name}" if path else name)


def all_text_paths() -> set[tuple[str, str]]:
    """(topic, path) of every text of every event. `was` repeats another's commitment."""
    found = {(event.TOPIC, path) for event in EVENTS for path in text_paths(event)}
    return {(topic, path) for topic, path in found if path != "was"}


def generic(path: str) -> str:
    return re.sub(r"\.\d+(?=\.|$)", ".*", path)


@contextmanager
def played(site: Site) -> Iterator[Scene]:
    """The scene, after which the read models have caught up."""
    scene = Scene(site)
    for who, (name, body, scopes) in MORE_ACCOUNTS.items():
        site.account(name, body, *scopes)
        site.tokens[who] = site.tokens[name]
    _report(scene)
    _recommendation(scene)
    _others(scene)
    _response(scene)
    _meeting(scene)
    _knowledge(scene)
    _register(scene)
    revoked, closed = (MORE_ACCOUNTS[who][0] for who in ("revoked", "closed"))
    site.ledger.record(SETUP, revoke_scope, ScopeRevoked(account=revoked, scope="office"), Notice())
    site.ledger.record(SETUP, close_account, AccountClosed(account=closed), Notice())
    site.catch_up()
    yield scene


def _report(scene: Scene) -> None:
    clerk = scene.site.clerk
    body = {
        "title": "An inspection",
        "kind": "national_thematic",
        "publisher": "hmicfrs",
        "published_on": "2025-05-16",
        "bodies": [PFCC],
        "cites": scene.said(),
        "key_findings": scene.said(),
        "recommendations": [
            {
                "number": number,
                "text": scene.said() if number != "05" else {"text": scene.word()},
                "addressees": [FORCE],
                "partners": [scene.said()],
                "target": {"on": "2025-12-01", "phrase": scene.said()},
            }
            for number in ("02", "03", "04", "05")
        ],
        **scene.note(),
    }
    scene.sent.append(("/api/reports", body))
    stream = clerk.records("/api/reports", body)["event"]["stream"]
    scene.reference = stream.removeprefix("report/")
    report = f"/api/reports/{scene.reference}"
    for field_, now in (("key_findings", scene.said()), ("cites", scene.word())):
        revised = {"field": field_, "now": now, "seen_on": DAY, **scene.note()}
        scene.act(clerk, f"{report}/revisions", revised, None)
    scene.act(
        clerk,
        f"{report}/recommendations",
        {"number": "06", "text": scene.said(), "addressees": [FORCE], **scene.note()},
    )


def _recommendation(scene: Scene) -> None:
    site, path = scene.site, f"/api/recommendations/{scene.reference}/02/{FORCE}"
    asked = scene.act(
        site.clerk,
        f"{path}/assurances",
        {"of": FORCE, "question": scene.word(), **scene.note()},
    )
    update = {"text": scene.word(), "claim": {"as_stated": scene.word(), "means": "on_track"}}
    scene.act(site.force, f"{path}/updates", {**update, "answers": asked, **scene.note()})
    opened = scene.act(site.force, f"{path}/updates", {"text": scene.word()})
    scene.act(site.force, f"/api/entries/{opened}/release", {"field": "text"}, None)
    public = {"text": scene.word(), "audience": "public"}
    scene.act(site.force, f"{path}/updates", {"text": public})
    target = {"on": "2026-01-01", "origin": "internal"}
    scene.act(site.clerk, f"{path}/targets", {**target, "reason": scene.said(), **scene.note()})
    for by, word in (
        (site.clerk, "closure-proposals"),
        (site.hmicfrs, "refusals"),
        (site.clerk, "closure-proposals"),
        (site.clerk, "closures"),
        (site.hmicfrs, "reopenings"),
        (site.hmicfrs, "closures"),
    ):
        scene.act(by, f"{path}/{word}", {"reason": scene.said(), **scene.note()})


def _others(scene: Scene) -> None:
    """A recommendation that was closed by report, one withdrawn, one superseded."""
    site, base = scene.site, f"/api/recommendations/{scene.reference}"
    reason = {"reason": scene.said(), **scene.note()}
    scene.act(site.clerk, f"{base}/06/{FORCE}/closures", reason)
    scene.act(
        site.hmicfrs, f"{base}/03/{FORCE}/withdrawals", {"reason": scene.said(), **scene.note()}
    )
    scene.act(
        site.hmicfrs,
        f"{base}/04/{FORCE}/supersessions",
        {
            "superseded_by": {"report": scene.reference, "number": "02", "addressee": FORCE},
            "reason": scene.said(),
            **scene.note(),
        },
    )


def _response(scene: Scene) -> None:
    site, path = scene.site, f"/api/responses/{scene.reference}/{PFCC}"
    scene.act(site.clerk, f"{path}/invitations", {"reply_by": "2025-07-20", **scene.note()})
    scene.act(site.clerk, f"{path}/comments", {"text": scene.word(), **scene.note()})
    body = {
        "published_on": DAY,
        "text": scene.said(),
        "translations": [{"lang": "cy", "text": scene.said()}],
        "explanations": [
            {
                "number": "02",
                "addressee": FORCE,
                "how": "named",
                "stance": "no_action",
                "text": scene.said(),
                "reason": scene.said(),
            }
        ],
        **scene.note(),
    }
    scene.act(site.clerk, f"{path}/statement", body, None)
    scene.act(
        site.clerk,
        f"{path}/revisions",
        {"field": "text", "now": scene.word(), "seen_on": DAY, **scene.note()},
        None,
    )
    scene.act(site.clerk, f"{path}/copies", {"to": "inspectorate", **scene.note()})
    looked = {"where": scene.said(), "looked_on": DAY, **scene.note()}
    scene.act(site.clerk, f"{path}/lookups", looked, None)
    decided = {
        "basis": "not_the_subject",
        "decided_by": scene.said(),
        "reason": scene.said(),
        **scene.note(),
    }
    scene.act(site.clerk, f"{path}/disapplications", decided)
    fire = f"/api/responses/{scene.reference}/{FIRE}"
    by_hand = {"rule": "manual", "due_on": "2025-08-01", **scene.note()}
    scene.act(site.admin, f"{fire}/duties", by_hand, None)
    more = {"applied_on": DAY, "granted_on": DAY, "due_on": "2025-09-01"}
    granted = {"granted_by": scene.said(), "basis": scene.said(), **scene.note()}
    scene.act(site.admin, f"{fire}/extensions", {**more, **granted})
    plan = {"rule": "manual", "name": "action-plan", "due_on": "2025-08-01", **scene.note()}
    scene.act(site.admin, f"{path}/duties", plan, None)
    denied = {"basis": "recorded_in_error", "duty": "action-plan", "decided_by": scene.said()}
    scene.act(site.clerk, f"{path}/disapplications", {**denied, **scene.note()})
    stands = {"reason": scene.said(), "duty": "action-plan", **scene.note()}
    scene.act(site.admin, f"{path}/confirmations", stands)


def _meeting(scene: Scene) -> None:
    panel = scene.site.panel
    known = {"known_at": scene.site.position, "effective_on": "2025-10-01"}
    scene.act(panel, f"{MEETING}/papers", {"title": scene.said(), **known, **scene.note()})
    scene.act(panel, f"{MEETING}/held", scene.note(), None)
    reviewed = {"report": scene.reference, "number": "2", "addressee": FORCE}
    said = {"question": scene.said(), "outcome": scene.said(), **scene.note()}
    scene.act(panel, f"{MEETING}/reviews", {"recommendation": reviewed, **said}, None)


def _knowledge(scene: Scene) -> None:
    """Corrections of office texts, retractions, disputes, a release, a takeover, bytes kept."""
    site, path = scene.site, f"/api/recommendations/{scene.reference}/05/{FORCE}"
    reason = {"reason": scene.said(), **scene.note()}

    def entry(question: dict[str, Any]) -> str:
        return scene.act(site.clerk, f"{path}/assurances", {"of": FORCE, **question})

    asked = entry({"question": scene.word(), **scene.note()})
    for who, field_ in ((site.clerk, "question"), (site.admin, "source.note")):
        corrected = {"field": field_, "now": scene.word(), "reason": scene.said(), **scene.note()}
        scene.act(who, f"/api/entries/{asked}/corrections", corrected, None)
    again = {"field": "question", "now": scene.said(), "reason": scene.said(), **scene.note()}
    scene.act(site.clerk, f"/api/entries/{asked}/corrections", again, None)
    shown = {"evidence": [{"what": scene.word(), "whose": scene.word(), "on": None}]}
    rated = {"as_stated": scene.word(), "means": "on_track"} | shown
    update = scene.act(site.force, f"{path}/updates", {"text": scene.word(), "claim": rated})
    claim = {"field": "claim.as_stated", "now": scene.word(), **reason}
    scene.act(site.force, f"/api/entries/{update}/corrections", claim, None)
    said = {"text": scene.said(), **scene.note()}
    scene.act(site.force, f"/api/entries/{asked}/disputes", said, None)
    wrong = entry({"question": scene.word()})
    scene.act(
        site.clerk,
        f"/api/entries/{wrong}/retraction",
        {"reason": scene.said(), **scene.note()},
        None,
    )
    opened = entry({"question": scene.word()})
    released = {"field": "question", **scene.note()}
    scene.act(site.clerk, f"/api/entries/{opened}/release", released, None)
    takeover = f"/api/reports/{scene.reference}/takeover"
    scene.act(site.hmicfrs, takeover, scene.note(), None)
    scene.captured = scene.word()
    account = site.ledger.account("cumbria-pfcc/clerk")
    came = received(scene.captured.encode(), audience="office")
    stream = site.ledger.record(account, keep_capture, came, Notice()).entries[0].stream
    scene.capture = stream.removeprefix("capture/")


def _register(scene: Scene) -> None:
    admin = scene.site.admin
    for name in ("old", "new"):
        body = {"id": f"{name}-body", "name": f"The {name} body", "kind": "national_body"}
        scene.act(admin, "/api/bodies", {**body, **scene.note()}, None)
    changed = {"id": "new-body", "name": "The newest body", **scene.note()}
    scene.act(admin, "/api/bodies/changes", changed)
    followed = {"id": "old-body", "successor": "new-body", **scene.note()}
    scene.act(admin, "/api/bodies/successions", followed)
    _keys(scene)


def _keys(scene: Scene) -> None:
    """Keys have no route: their commands record these."""
    ledger, key = scene.site.ledger, note.generate("log.example/town")

    def reason() -> Text:
        return say(scene.word(), "office")

    def told() -> Notice:
        return Notice(source=Source(note=reason()))

    ledger.record(SETUP, add_key, KeyAdded(vkey=key.vkey), Notice())
    lost = KeyCompromised(vkey=key.vkey, from_size=1, reason=reason())
    ledger.record(SETUP, compromise_key, lost, told())
    new = note.generate("log.example/town")
    goes_on = SealingResumed(vkey=new.vkey, at_size=0, because="compromised", reason=reason())
    ledger.record(SETUP, resume_sealing, goes_on, told(), adding=KeyAdded(vkey=new.vkey))
