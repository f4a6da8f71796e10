"""Who asks, accounts and their tokens, as answers."""

from typing import Annotated, Literal

from msgspec import Meta

from projections.fields import Answer, BodyId, Day, EntryId, Moment, Position


class Me(Answer, frozen=True, kw_only=True):
    """The account that asks."""

    account: str
    body: BodyId | None
    scopes: list[str]
    by: Literal["token", "session"]
    csrf: Annotated[
        str | None, Meta(description="What a write by a session sends as `X-CSRF-Token`.")
    ]


class Token(Answer, frozen=True, kw_only=True):
    """A token. The secret that is sent is not kept, and so is never shown again."""

    id: str
    account: str
    scopes: Annotated[
        list[str], Meta(description="What it may do now: of what its account may as well.")
    ]
    created_at: Moment
    made_by: Annotated[
        str | None,
        Meta(description="The account that made it; null: from before this was kept."),
    ]
    made_with: Annotated[
        str | None,
        Meta(description="The token that asked for it; null: a session or a command."),
    ]
    follows: Annotated[str | None, Meta(description="The token whose place it took, by rotation.")]
    expires_on: Day | None
    used_on: Annotated[Day | None, Meta(description="The last day on which it was used.")]
    revoked_at: Moment | None
    revoked_by: str | None
    good: Annotated[bool, Meta(description="Whether it was not ended, and has not expired.")]


class TokenMade(Token, frozen=True, kw_only=True):
    """A token with the secret to send (`Authorization: Bearer …`), which is shown only here."""

    token: str


class TokenRotated(TokenMade, frozen=True, kw_only=True):
    """A token that replaces another one, which stays good until a last day."""

    until: Annotated[Day, Meta(description="The last day of the one before it.")]


class TokensList(Answer, frozen=True, kw_only=True):
    """The tokens of an account, or of all."""

    items: list[Token]


class Account(Answer, frozen=True, kw_only=True):
    """An account, as the log records it."""

    account: str
    body: BodyId | None
    scopes: list[str]
    tokens: Annotated[int, Meta(description="How many tokens of it are good.")]
    used_on: Annotated[Day | None, Meta(description="The last day on which any of them was used.")]


class ActOnAccount(Answer, frozen=True, kw_only=True):
    """An entry that opened or closed an account, granted it a scope or revoked one."""

    id: EntryId
    position: Position
    recorded_at: Moment
    recorded_by: str
    type: str
    scope: str | None


class AccountFound(Account, frozen=True, kw_only=True):
    """An account with the entries that made it what it is, and with its tokens."""

    open: bool
    history: list[ActOnAccount]
    all_tokens: list[Token]


class AccountsList(Answer, frozen=True, kw_only=True):
    """The accounts that are open."""

    items: list[Account]
