"""From a filled updates sheet to acts decided: an update for each row that is still up to date."""

from ledger.acts.decision import Decision
from ledger.acts.recommendation import receive_update
from ledger.events import AssuranceSought, RecommendationRaised, UpdateReceived
from ledger.events.streams import RecommendationId, recommendation_stream
from ledger.events.texts import say
from ledger.intake.proposals.history import claimed, same_claim
from ledger.intake.proposals.page_draft import Intake
from ledger.intake.proposals.sheet_draft import SheetFile, TakingRows, at
from ledger.intake.proposals.wordings import Openings
from ledger.intake.sheets.updates import UpdateRow, Updates
from ledger.states.effect import Known, in_effect


def take_updates(
    decision: Decision,
    updates: Updates,
    file: SheetFile,
    body: str,
    openings: Openings,
    intake: Intake,
) -> None:
    """Add to a decision the updates of a sheet that are new, and that nothing has overtaken."""
    taking = TakingRows(decision, [file], body, openings, intake, kind="imported")
    taking.rejected(updates.rejected)
    own: set[str] = set()
    for row in updates.rows:
        _take(taking, row, own)


def _take(taking: TakingRows, row: UpdateRow, own: set[str]) -> None:
    """Take a row in; `own` are the entries that other rows of its sheet brought."""
    if (addressee := taking.who(row.place, "addressee", row.addressee)) is None:
        return
    to = RecommendationId(row.report, row.key, addressee)
    entries = taking.decision.stream(recommendation_stream(to.report, to.key, to.addressee))
    acts = in_effect(entries)
    if not any(isinstance(one.data, RecommendationRaised) for one in acts):
        why = f"no recommendation {row.number} of “{row.report}” to {addressee} is recorded"
        taking.reject(row.place, "number", row.number, why)
        return
    if row.report not in taking.intake.reports:
        taking.intake.reports.append(row.report)
    says = f"update on recommendation {row.number} of {row.report}"
    says += f", which claims {row.claim.means.replace('_', ' ')}" if row.claim else ""
    version = max(entry.version for entry in entries if entry.id not in own)
    if version != row.version:
        # A sheet that was made later repeats an update on purpose; this one may come again.
        if any(one.original.version > row.version and _same(taking, one, row) for one in acts):
            taking.found(row.place, says)
        else:
            why = f"moved on since the sheet was made: version {row.version}, now {version}"
            taking.reject(row.place, "version", row.text, why)
        return
    if row.answers is not None and not any(
        one.id == row.answers and isinstance(one.data, AssuranceSought) for one in acts
    ):
        why = "it is no open question about this recommendation: copy the id that stands before one"
        taking.reject(row.place, "answers", row.answers, why)
        return
    with at(row.place):
        event = UpdateReceived(
            text=say(row.text, "office"), claim=claimed(row.claim), answers=row.answers
        )
        entry = receive_update(taking.decision, to, event, taking.told(row.place, row.occurred_on))
    own.add(entry.id)
    taking.new(row.place, says)


def _same(taking: TakingRows, one: Known, row: UpdateRow) -> bool:
    """Whether an act is the update of a row: its words, its day and what it claims."""
    data = one.data
    if not isinstance(data, UpdateReceived) or not same_claim(data, row.claim):
        return False
    if data.answers != row.answers:
        return False
    if row.claim and not taking.says(one, "claim.as_stated", row.claim.as_stated):
        return False
    days = (one.entry.occurred_on, one.original.occurred_on)
    return row.occurred_on in days and taking.says(one, "text", row.text)
