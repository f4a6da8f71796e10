"""Errors, each with the sentence that its reader gets. Nothing was recorded, except perhaps after
OutcomeUnknown."""

from dataclasses import dataclass


class AnswerableError(Exception):
    """The root of them: `str(error)` is one sentence that says what to do."""

    @property
    def sentence(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one field: where (`explanations.0.number`) and what."""

    field: str
    message: str


class Unfit(AnswerableError):
    """The input does not fit the published form (422); `faults` says where."""

    def __init__(self, sentence: str, *faults: Fault) -> None:
        super().__init__(sentence)
        self.faults = faults


class Refused(AnswerableError):
    """It fits the form, but facts or rules refuse it (409). `rule` is the rule's name."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule


class NotAllowed(AnswerableError):
    """The account lacks the scope, or acts for another body (403)."""


class NotRecorded(AnswerableError):
    """No such thing is recorded (404)."""


class NotKnownThen(NotRecorded):
    """It is recorded, but was not known, or had not happened, at the dates asked about (404)."""


class Gone(AnswerableError):
    """It was kept here, and was deleted by a redaction (410)."""


class NotDeleted(AnswerableError):
    """A redaction would have left in the tables what it names, or found none of it (500)."""


class Stale(AnswerableError):
    """A stream moved on since it was read (412 with If-Match; else it is decided again)."""


class Overtaken(AnswerableError):
    """Others recorded on the same streams each time that this was decided (503, try again)."""


class KeyReused(AnswerableError):
    """An idempotency key came again with another request (422)."""


class ClockUnsure(AnswerableError):
    """The database's clock cannot be trusted just now (503, try again)."""


class NotVouched(AnswerableError):
    """The sealer has not found yet, or denies, that this log is the one that it signed (503)."""


class Outdated(AnswerableError):
    """A newer version migrated the database: this process records nothing more (503)."""


class Unreadable(AnswerableError, ValueError):
    """The database holds what no program of ours wrote: a person has to look (503)."""


class LogUnreachable(AnswerableError):
    """The database did not answer; the same request may be sent again (503)."""


class OutcomeUnknown(LogUnreachable):
    """The database's answer was lost, so a write may be recorded (503). `why` says what happened;
    what to do depends on how the write was asked for."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}. If this was to record something, look first whether it did.")
        self.why = why
