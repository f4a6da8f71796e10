"""A sheet of updates that went out and came back: its rows count where nothing overtook them."""

from dataclasses import replace

from ledger.acts.decision import Decision
from ledger.acts.recommendation import receive_update
from ledger.errors import NotRecorded, Refused, Unfit
from ledger.events import RecommendationRaised
from ledger.events.streams import RecommendationId
from ledger.intake.proposals.draft import Intake, SheetDraft, SheetFile
from ledger.intake.proposals.statuses import claiming, is_update, question_named, received
from ledger.intake.sheets.updates import ANSWERS, UpdateRow, Updates
from ledger.states.effect import in_effect


class UpdatesDraft(SheetDraft):
    """The draft of a sheet of updates. A sheet of another's force is refused as a whole."""

    LISTS = (Refused, NotRecorded, Unfit)


def take_updates(
    decision: Decision, updates: Updates, file: SheetFile, body: str, intake: Intake
) -> None:
    """Add to a decision the updates of a sheet that are new, and that nothing has overtaken."""
    draft = UpdatesDraft(decision, [file], body, intake)
    intake.rejected += updates.rejected
    own: set[str] = set()
    for row in updates.rows:
        _take(draft, row, own)
    if not own:
        draft.drop_files()


def _take(draft: SheetDraft, row: UpdateRow, own: set[str]) -> None:
    """Take a row in; `own` are the entries that other rows of its sheet brought."""
    if (addressee := draft.who(row.place, "addressee", row.addressee)) is None:
        return
    to = RecommendationId(row.report, row.key, addressee)
    entries = draft.decision.stream(to.stream)
    acts = in_effect(entries)
    if not any(isinstance(one.data, RecommendationRaised) for one in acts):
        why = f"no recommendation {row.number} of “{row.report}” to {addressee} is recorded"
        draft.reject(row.place, "number", row.number, why)
        return
    draft.intake.about(row.report)
    if row.answers is not None:
        found = question_named(draft, row.answers, to)
        if found is None:
            why = "no such question about this recommendation is recorded: copy its words"
            draft.reject(row.place, ANSWERS, row.answers, why)
            return
        row = replace(row, answers=found)
    says = f"update on recommendation {row.number} of {row.report}"
    says += claiming(row.claim)
    version = max(entry.version for entry in entries if entry.id not in own)
    if version != row.version:
        # A sheet that was made later repeats an update on purpose; this one may come again.
        if any(
            one.original.version > row.version and is_update(one, row, draft.says) for one in acts
        ):
            draft.found(row.place, says)
        else:
            why = f"moved on since the sheet was made: version {row.version}, now {version}"
            draft.reject(row.place, "version", row.text, why)
        return
    notice = draft.notice(row.place, row.occurred_on)
    before = len(draft.decision.entries)

    def act() -> None:
        receive_update(draft.decision, to, received(row, row.answers), notice)

    if draft.record(row.place, "", row.text, says, act):
        own |= {one.id for one in draft.decision.entries[before:]}
