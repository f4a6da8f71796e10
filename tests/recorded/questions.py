"""Some 600 questions over every route, page, command and export, asked of one recorded log.

The log is `log.sql.gz`: seeded offices and lives in which every act happens, sealed. Its clock
stands still at `TODAY`. What is asked is drawn from the log itself, with one seed, so that the same
log is asked the same questions.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from click.testing import CliRunner
from werkzeug.routing import Rule

from api.cli import main
from tests.api.town import Town

TODAY = "2026-10-05"
DAYS = ("2025-09-30", "2025-12-15", "2026-04-01", "2026-08-20")
HEADERS = ("Content-Type", "ETag", "Link", "Location", "Cache-Control", "Retry-After")
READERS = (None, "clerk", "dorset", "auditor", "force", "admin", "panel")
NOT_ASKED = {
    "/healthz",
    "/asyncapi.json",
    "/api/entries/stream",
    "/assets/<path:filename>",
    "/print.css",
}
"""What says how this machine is, never ends, or is a file of ours; nor are subscriptions, which no
log holds."""
EACH = 15
"""So many questions of each route."""


@dataclass(frozen=True)
class Named:
    """What the log holds, by the names that addresses take."""

    reports: list[str]
    recommendations: list[tuple[str, str, str]]
    responses: list[tuple[str, str]]
    meetings: list[tuple[str, str]]
    entries: list[str]
    captures: list[str]
    bodies: list[str]
    last: int


def named(town: Town) -> Named:
    """What there is to be asked about."""
    streams = [one for (one,) in town.rows("SELECT DISTINCT stream FROM ledger.entries ORDER BY 1")]

    def below(kind: str) -> list[Any]:
        return [tuple(one.split("/")[1:]) for one in streams if one.startswith(f"{kind}/")]

    entries = town.rows("SELECT event_id::text FROM ledger.entries ORDER BY position")
    return Named(
        [one for (one,) in below("report")],
        below("recommendation"),
        below("response"),
        below("meeting"),
        [one for (one,) in entries],
        [one for (one,) in below("capture")],
        ["cumbria-pfcc", "cumbria-constabulary", "dorset-pcc", "dorset-police", "hmicfrs",
         "avon-and-somerset-pcc", "kent-pcc", "cumbria-police-fire-and-crime-panel"],
        town.position,
    )  # fmt: skip


def address(rule: Rule, there: Named, chance: Random) -> str:
    """The address of something that is there, for a route."""
    report, number, addressee = chance.choice(there.recommendations)
    owed, body = chance.choice(there.responses)
    panel, date = chance.choice(there.meetings)
    values: dict[str, object] = {
        "report": report,
        "number": number,
        "body": addressee,
        "panel": panel,
        "date": date,
        "entry_id": chance.choice(there.entries),
        "capture_id": chance.choice(there.captures),
        "type": "update-received",
        "level": 0,
        "path": "000",
        "filename": "x",
    }
    if "/responses/" in rule.rule:
        values |= {"report": owed, "body": body}
    elif "report" not in rule.arguments and "body" in rule.arguments:
        values["body"] = chance.choice(there.bodies)
    elif rule.rule.endswith("/reports/<report>"):
        values["report"] = chance.choice(there.reports)
    built = rule.build({name: values.get(name, "x") for name in rule.arguments})
    assert built is not None
    return built[1]


def more(rule: Rule, there: Named, chance: Random) -> dict[str, Any]:
    """What else it is asked: the two dates, filters, pages."""
    asked: dict[str, Any] = {}
    position = chance.randint(there.last // 3, there.last)
    match chance.randrange(6):
        case 0:
            pass
        case 1:
            asked |= {"known_at": position}
        case 2:
            asked |= {"known_at": chance.choice(DAYS)}
        case 3:
            asked |= {"effective_on": chance.choice(DAYS)}
        case 4:
            day = chance.choice(DAYS)
            asked |= {"known_at": day, "effective_on": chance.choice([d for d in DAYS if d <= day])}
        case _:
            asked |= {"known_at": f"{chance.choice(DAYS)}T10:30:00Z"}
    if "changes" in rule.rule:
        asked = {"from": chance.choice(DAYS[:2]), "limit": chance.randint(1, 40)}
        if chance.random() < 0.5:
            asked |= {"to": chance.choice(DAYS[2:])}
    elif rule.rule in ("/api/recommendations", "/api/responses", "/api/reports"):
        filters: list[dict[str, Any]] = [
            {},
            {"body": chance.choice(there.bodies)},
            {"limit": chance.randint(1, 9)},
            {"publisher": "hmicfrs", "year": chance.choice(("2024", "2025", "not_known"))},
        ]
        if rule.rule == "/api/reports":
            filters += [{"kind": "peel"}, {"q": "response"}]
        else:
            filters += [{"report": chance.choice(there.reports)}]
        if rule.rule == "/api/recommendations":
            filters += [{"status": s} for s in ("open", "claimed_complete", "closed", "reopened")]
            filters += [{"target": t} for t in ("passed", "ahead", "none")]
            filters += [{"kind": "cause_of_concern"}, {"q": "spring"}, {"assurances": "open"}]
            filters += [{"addressee": chance.choice(there.bodies)}]
        if rule.rule == "/api/responses":
            filters += [{"verdict": v} for v in ("overdue", "late", "in_time", "not_shown")]
            filters += [{"basis": "stated"}, {"kind": "peel"}]
            filters += [{"responder": chance.choice(there.bodies)}]
        asked |= chance.choice(filters)
    elif rule.rule == "/api/compliance":
        asked |= {"group_by": chance.choice(("body", "kind", "year"))}
    elif rule.rule == "/api/entries":
        asked = chance.choice([
            {"limit": 20, "after": position}, {"late_by": 30}, {"type": "update-received"},
            {"body": chance.choice(there.bodies), "limit": 30}, {},
        ])  # fmt: skip
    elif rule.rule == "/feeds/deadlines.ics":
        asked = {"body": chance.choice(there.bodies)}
    elif rule.rule == "/feeds/entries.atom":
        asked = chance.choice([
            {"limit": 20, "before": position}, {"late_by": 30}, {"type": "update-received"},
            {"body": chance.choice(there.bodies), "limit": 30}, {},
        ])  # fmt: skip
    elif rule.rule.endswith("/history") and chance.random() < 0.3:
        asked |= {"order": "happened"}
    return asked


def over_http(town: Town) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each question, in words, and its answer."""
    there = named(town)
    rules = sorted(
        (one for one in town.app.url_map.iter_rules() if "GET" in (one.methods or ())),
        key=lambda one: one.rule,
    )
    for rule in rules:
        if rule.rule in NOT_ASKED or "/subscriptions" in rule.rule:
            continue
        chance = Random(f"recorded {rule.rule}")
        some = EACH if rule.arguments or rule.rule.count("/") < 3 else 2 * EACH
        for _ in range(some):
            path, asked, who = address(rule, there, chance), more(rule, there, chance), READERS[
                chance.randrange(len(READERS))]  # fmt: skip
            answer = town.caller(who).get(path, **asked)
            found = answered(answer)
            if rule.rule == "/openapi.json":  # as each Python lays its docstrings out
                continue
            yield f"{who or 'anybody'} GET {path} {json.dumps(asked)}", found


def answered(answer: Any) -> dict[str, Any]:
    """An answer as it is kept: its status, the headers that count, every byte."""
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    return {"status": answer.status_code, "headers": headers, "body": told(answer.data)}


def told(data: bytes) -> str:
    """Bytes as text, or spelt out where they are none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def commands(town: Town, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each command that only asks, and what it says and writes. The settings are in place."""
    there = named(town)
    chance = Random("commands")
    report, number, body = chance.choice(there.recommendations)
    dates = [[], ["--known-at", str(there.last // 2)], ["--known-at", DAYS[1]],
             ["--known-at", DAYS[2], "--effective-on", DAYS[0]]]  # fmt: skip
    asked: list[tuple[list[str], str | None]] = []
    for what in ("recommendations", "responses"):
        for form in ("jsonl", "csv"):
            asked += [(["export", what, "OUT", *when], f"{what}.{form}") for when in dates]
    asked += [
        (["export", "updates-sheet", "OUT", "--body", "cumbria-pfcc"], "updates.csv"),
        (["export", "log", "OUT"], "log"),
        (["export", "bundle", f"{report}/{number}/{body}", "OUT"], "one.zip"),
        (["token", "list", "--json"], None),
        (["config", "check", "--json"], None),
    ]
    for words, file in asked:
        out = folder / (file or "nothing")
        done = CliRunner().invoke(main, [str(out) if word == "OUT" else word for word in words])
        wrote = sorted(p for p in (out.rglob("*") if out.is_dir() else [out]) if p.is_file())
        yield (
            f"answerable {' '.join(words)} ({file})",
            {
                "status": done.exit_code,
                "headers": {},
                "body": done.output.replace(str(folder), "FOLDER"),
                "files": {p.name: told(p.read_bytes()) for p in wrote},
            },
        )
        for path in wrote:
            if path.parent == folder:
                path.unlink()
    for when in dates:
        words = ["replay", str(folder / "log" / "log.jsonl"), *when]
        done = CliRunner().invoke(main, words)
        yield f"answerable replay {when}", {"status": done.exit_code, "body": done.output}
    words = ["verify", str(folder / "log"), "--key", (folder / "vkey").read_text()]
    done = CliRunner().invoke(main, words)
    yield "answerable verify", {"status": done.exit_code, "body": done.output}
