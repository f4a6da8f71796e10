"""The samples of `answerable run --sample`: pages, sheets, and acts that no file holds."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.commands import imports
from ledger.acts.decision import Decision, Notice
from ledger.acts.keeping import keep_record_here
from ledger.acts.response import receive_comments
from ledger.acts.service import begin_synthetic
from ledger.application import Ledger
from ledger.errors import AnswerableError
from ledger.events import ChiefOfficerCommentsReceived, Source
from ledger.events.streams import response_stream
from ledger.events.texts import say
from ledger.intake.pages.draft_file import read_draft
from ledger.states.service import SETUP

Recorded = tuple[str, int]
"""A recorded sample, in words, with its number of entries."""


class NotInstalled(AnswerableError):
    """The samples are not installed."""


def record(log: Ledger, folder: Path) -> Iterator[Recorded]:
    """Record the samples of a folder that are not in the log yet, in the order of its list. Yield
    each with its number of entries.

    They name real offices and are made up, so the log says so on every page for ever. Raise Refused
    if the log holds real reports.
    """
    index = folder / "samples.toml"
    if not index.is_file():
        raise NotInstalled(f"The samples are not installed here: {index} is not there.")
    listed = tomllib.loads(index.read_text(encoding="utf-8"))
    log.record(SETUP, begin_synthetic)
    for kept in listed["keeping"]:
        yield f"{kept['body']} keeps its record here", _keeps(log, kept["body"], kept["from"])
    for sample in listed["sample"]:
        files = [_read(log, folder / name) for name in sample["files"]]
        yield ", ".join(sample["files"]), imports.record(log, files, sample["body"])
    for received in listed["comments"]:
        yield f"comments that {received['body']} received", _received(log, received)


def _read(log: Ledger, path: Path) -> imports.File:
    if path.suffix == ".toml":
        return imports.draft_file(read_draft(path, imports.lookup(log)))
    return imports.read_file(path, None)


def _keeps(log: Ledger, body: str, since: str) -> int:
    """Record that a body keeps its record here, unless it has said so already."""
    if log.service().kept_here(body, since) is not None:
        return 0
    account = imports.import_account(log, body)
    recorded = log.record(account, keep_record_here, body, Notice(), since=since)
    return len(recorded.entries)


def _received(log: Ledger, one: dict[str, Any]) -> int:
    """Record that a body received the chief officer's comments, unless a receipt is recorded
    already."""
    report, body = one["report"], one["body"]
    there = log.read_stream(response_stream(report, body))
    if any(isinstance(entry.data, ChiefOfficerCommentsReceived) for entry in there):
        return 0
    told = Notice(occurred_on=one["occurred_on"], source=Source(note=say(one["note"])))
    event = ChiefOfficerCommentsReceived(text=say(one["text"]))

    def receive(decision: Decision) -> None:
        receive_comments(decision, report, body, event, told)

    return len(log.decide(imports.import_account(log, body), receive).entries)
