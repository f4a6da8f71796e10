"""The errors of a sign-in, and the leeway that it has."""

from datetime import timedelta

from ledger.errors import AnswerableError

LEEWAY = timedelta(minutes=2)
"""The most by which the provider's clock may differ from ours."""


class SignInRefused(AnswerableError):
    """The sign-in failed; the sentence says why. `way` is the address that it was to lead back
    to."""

    way: str | None = None


class ProviderUnreachable(AnswerableError):
    """The provider of sign-in does not answer, or its answer is invalid."""
