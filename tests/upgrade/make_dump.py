"""Make a dump of a database of this version: `python -m tests.upgrade.make_dump v0.1`.

It holds an entry of every event that this version has. A dump that was released is kept for
ever: each later version must open it, migrate it and read it (test_old_databases.py).
"""

import gzip
import subprocess
import sys
from pathlib import Path

from api.commands.imports import page_file, record
from api.commands.running import EXAMPLES
from ledger.acts.capture import Received, keep_capture
from ledger.acts.correction import correct_entry
from ledger.acts.decision import Notice
from ledger.acts.key import add_key
from ledger.acts.meeting import hold_meeting, issue_paper, review_recommendation
from ledger.acts.recommendation import (
    confirm_closure,
    propose_closure,
    receive_update,
    refuse_closure,
    reopen,
    seek_assurance,
    set_target_date,
    supersede,
)
from ledger.acts.report import Raise, publish_report
from ledger.acts.response import invite_comments, receive_comments, send_copy
from ledger.acts.retraction import retract_entry
from ledger.acts.service import grant_scope, open_account, set_up
from ledger.application import Ledger
from ledger.events import (
    AccountOpened,
    AssuranceSought,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CopySent,
    KeyAdded,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RecommendationReviewed,
    Reopened,
    ReportPublished,
    ScopeGranted,
    Source,
    Superseded,
    TargetDateSet,
    UpdateReceived,
)
from ledger.events.recommendation import Claim, RecommendationRef
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.postgres.binaries import find
from ledger.postgres.connections import connect, connect_owner, pool
from ledger.postgres.migrate import migrate
from ledger.register import shipped_bodies, shipped_rules
from ledger.states.service import SETUP, Account
from ledger.verify import note
from projections.read_models import projector, schemas
from tests.servers import temporary_server

FOLDER = Path(__file__).parent
KENT = EXAMPLES / "kent-pcc-activism-and-impartiality.txt"


def fill(log: Ledger) -> None:
    """Record something of everything."""
    log.record(SETUP, set_up, shipped_bodies(), shipped_rules())
    log.record(SETUP, add_key, KeyAdded(vkey=note.generate("example.org/upgrade").vkey), Notice())
    log.record(
        SETUP,
        open_account,
        AccountOpened(account="kent-pcc/clerk", body="kent-pcc"),
        Notice(),
    )
    log.record(SETUP, grant_scope, ScopeGranted(account="kent-pcc/clerk", scope="record"), Notice())
    record(log, [page_file(KENT, "https://example.org/kent")], "kent-pcc")
    clerk = log.account("kent-pcc/clerk")
    stream = next(e.stream for e in log.read_below("recommendation/"))
    to = RecommendationId(*stream.split("/")[1:])
    letter = Source(note=say("A letter of 3 March.", "office"))

    def told(day: str | None, source: Source | None = None) -> Notice:
        return Notice(occurred_on=day, source=source)

    asked = log.record(
        clerk,
        seek_assurance,
        to,
        AssuranceSought(of=to.addressee, question=say("Is it done?"), reply_by="2025-03"),
        told("2025-01-10"),
    )
    update = log.record(
        clerk,
        receive_update,
        to,
        UpdateReceived(
            text=say("All officers have been briefed.", "office"),
            claim=Claim(say("Complete", "office"), "complete"),
            answers=asked.entries[0].id,
        ),
        told("2025-02", letter),
    )
    log.record(
        clerk,
        set_target_date,
        to,
        TargetDateSet(on="2025-06-30", origin="internal", reason=say("A new date.")),
        told("2025-02-20"),
    )
    log.record(
        clerk,
        propose_closure,
        to,
        ClosureProposed(reason=say("It is done.")),
        told("2025-03-01"),
    )
    log.record(
        clerk,
        refuse_closure,
        to,
        ClosureRefused(reason=say("Not shown yet.")),
        told("2025-03-20", letter),
    )
    log.record(
        clerk,
        confirm_closure,
        to,
        ClosureConfirmed(reason=say("Shown.")),
        told("2025-05-02", letter),
    )
    log.record(
        clerk,
        reopen,
        to,
        Reopened(reason=say("It came undone.")),
        told("2025-09-01", letter),
    )
    owed = next(e.stream for e in log.read_below("response/")).split("/")
    invited = ChiefOfficerCommentsInvited(reply_by="2024-10-01")
    log.record(clerk, invite_comments, owed[1], owed[2], invited, told("2024-09-12"))
    comments = ChiefOfficerCommentsReceived(text=say("The force agrees.", "office"))
    log.record(clerk, receive_comments, owed[1], owed[2], comments, told("2024-09-30", letter))
    log.record(clerk, send_copy, owed[1], owed[2], CopySent(to="inspectorate"), told("2024-11-05"))
    log.record(
        clerk,
        correct_entry,
        log.entry(update.entries[0].id),
        told(None),
        field="claim.means",
        now="on_track",
        reason=say("A slip of the pen."),
    )
    wrong = log.record(
        clerk,
        set_target_date,
        to,
        TargetDateSet(on="2029-01-01", origin="internal", reason=say("Mistyped.")),
        told("2025-09-02"),
    )
    log.record(
        clerk,
        retract_entry,
        log.entry(wrong.entries[0].id),
        told(None),
        reason=say("Mistyped."),
    )
    body = b"<p>Evidence</p>"
    page = Received(body=body, media_type="text/html", url="https://example.org/e")
    log.record(clerk, keep_capture, page, Notice())
    _followed_up(log, clerk, letter)


def _followed_up(log: Ledger, clerk: Account, letter: Source) -> None:
    """Record that a recommendation took another's place, and that the panel reviewed it."""
    report, force, panel = "follow-up", "kent-police", "kent-and-medway-police-and-crime-panel"
    log.record(
        clerk,
        publish_report,
        ReportPublished(title="A follow-up", kind="national_thematic", publisher="hmicfrs"),
        Notice(occurred_on="2025-03-03", source=letter),
        reference=report,
        recommendations=[
            Raise(
                event=RecommendationRaised(number=number, text=say("Do what is left to do.")),
                addressees=(force,),
            )
            for number in ("1", "2")
        ],
    )
    new = RecommendationRef(report, "2", force)
    event = Superseded(superseded_by=new, reason=say("It says the same, and more."))
    old = RecommendationId(report, "1", force)
    log.record(clerk, supersede, old, event, Notice(occurred_on="2025-04-01", source=letter))
    day, told = "2025-06-10", Notice(occurred_on="2025-06-10", source=letter)
    today = log.now().date().isoformat()
    made = PaperIssued(title=say("Responses"), known_at=1, effective_on=today)
    paper = log.record(clerk, issue_paper, panel, day, made, told)
    log.record(clerk, hold_meeting, panel, day, MeetingHeld(), told)
    review = RecommendationReviewed(
        recommendation=new, outcome=say("To be asked again."), paper=paper.entries[0].id
    )
    log.record(clerk, review_recommendation, panel, day, review, told)


def main(version: str) -> None:
    """Write `{version}.sql.gz` beside this file."""
    with temporary_server() as running:
        url = running.owner_url
        with connect_owner(url) as owner:
            migrate(owner)
        with pool(url) as connections:
            fill(Ledger(connections, url))
        with connect(url, autocommit=True) as conn:
            schemas.prepare(conn)
        follower = projector.follower(url)
        follower.catch_up()
        follower.close()
        dumped = subprocess.run(
            [find(None, None).program("pg_dump"), "--inserts", url],
            check=True,
            capture_output=True,
        )
    with gzip.GzipFile(FOLDER / f"{version}.sql.gz", "wb", mtime=0) as file:
        file.write(dumped.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
