"""From a filled updates sheet to acts decided: an update for each row that is still up to date."""

from ledger.acts.recommendation import act
from ledger.decision import Decision
from ledger.effect import Known, in_effect
from ledger.events import RecommendationRaised, UpdateReceived
from ledger.events.recommendation import Claim
from ledger.intake.recorded import Openings
from ledger.intake.sheets.updates import UpdateRow, Updates
from ledger.intake.take_rows import SheetFile, TakingRows, at
from ledger.intake.taking import Intake
from ledger.streams import RecommendationId, recommendation_stream
from ledger.texts import say


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
    for row in updates.rows:
        _take(taking, row)


def _take(taking: TakingRows, row: UpdateRow) -> None:
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
    version = entries[-1].version
    if version != row.version:
        # A sheet that was made later repeats an update on purpose; this one may come again.
        if any(one.original.version > row.version and _same(taking, one, row) for one in acts):
            taking.found(row.place, says)
        else:
            why = f"moved on since the sheet was made: version {row.version}, now {version}"
            taking.reject(row.place, "version", row.text, why)
        return
    with at(row.place):
        claim = None
        if row.claim is not None:
            claim = Claim(
                as_stated=say(row.claim.as_stated, "office"),
                means=row.claim.means,
                expected_on=row.claim.expected_on,
            )
        event = UpdateReceived(text=say(row.text, "office"), claim=claim)
        act(taking.decision, to, event, taking.told(row.place, row.occurred_on))
    taking.new(row.place, says)


def _same(taking: TakingRows, one: Known, row: UpdateRow) -> bool:
    """Whether an act is the update of a row: its words, its day and what it claims."""
    data = one.data
    if not isinstance(data, UpdateReceived) or (data.claim is None) != (row.claim is None):
        return False
    if data.claim is not None and row.claim is not None:
        claimed = (data.claim.means, data.claim.expected_on)
        if claimed != (row.claim.means, row.claim.expected_on):
            return False
        if not taking.says(one, "claim.as_stated", row.claim.as_stated):
            return False
    days = (one.entry.occurred_on, one.original.occurred_on)
    return row.occurred_on in days and taking.says(one, "text", row.text)
