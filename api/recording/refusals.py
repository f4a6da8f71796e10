"""The field of a form that each refusal is about, by the name of its rule."""

from collections.abc import Collection

_DAY = ("now", "occurred_on", "published_on", "seen_on", "looked_on", "on")
_WHOSE = ("by",)
_FIELDS: dict[str, tuple[str, ...]] = {
    "account-closed": ("account",),
    "account-exists": ("account",),
    "account-name": ("account",),
    "addressee": ("addressees",),
    "answers": ("answers",),
    "audience": ("now",),
    "beyond-the-account": ("scopes",),
    "body-exists": ("id",),
    "body-id": ("id",),
    "body-term": ("ends", "begins"),
    "by": _WHOSE,
    "closes-by": ("closes_by",),
    "corrected-since": ("field",),
    "does-not-fit": ("now",),
    "due-on": ("due_on", "now"),
    "duty": ("duty",),
    "duty-exists": ("name", "rule"),
    "effective-on": ("effective_on",),
    "extension": ("applied_on", "now"),
    "grade-exists": ("question",),
    "keeping": ("since",),
    "known-at": ("known_at",),
    "meeting-day": _DAY,
    "named-twice": ("addressees", "bodies", "also"),
    "no-action-needs-reason": ("explanations",),
    "no-rule": ("rule",),
    "no-such-field": ("field",),
    "no-such-scope": ("scope",),
    "no-such-text": ("field",),
    "no-text": ("field",),
    "not-after-recording": _DAY,
    "not-after-the-capture": _DAY,
    "not-before-the-report": _DAY,
    "not-before-the-response": _DAY,
    "not-in-the-future": _DAY,
    "nothing-changed": ("now",),
    "nothing-revised": ("now",),
    "nothing-to-correct": ("now",),
    "number": ("number", "of", "recommendation"),
    "outside-its-term": _DAY,
    "paper": ("paper",),
    "parent": ("parent",),
    "passage": ("number",),
    "public-already": ("field",),
    "publisher-page": ("source",),
    "recommendation-exists": ("number",),
    "reference": ("reference",),
    "remark": ("remark",),
    "repeat": ("of",),
    "repeat-noted": ("of",),
    "report-exists": ("title",),
    "rule-applies": ("rule",),
    "rule-unfit": ("id",),
    "rule-version": ("version",),
    "same-as-report": ("same_as_report",),
    "scope-granted": ("scope",),
    "source-required": ("source",),
    "succession-day": ("on",),
    "superseded-by": ("superseded_by",),
    "token-lifetime": ("expires_on",),
    "translation": ("translations", "now"),
    "trigger-on": ("trigger_on",),
    "unknown-account": ("account",),
    "unknown-capture": ("source", "capture"),
    "website": ("websites",),
    "whose-act": _WHOSE,
    "whose-target": ("origin",),
    "worked-out": ("worked_out",),
}
"""The fields that refusals are about. A refusal by another rule is about the act itself: nothing
that is filled in makes it possible here."""


def field_of(rule: str, names: Collection[str]) -> str:
    """Return the field that a refusal is about, of a form with fields of these names; empty if it
    is about the act itself."""
    return next((name for name in _FIELDS.get(rule, ()) if name in names), "")
