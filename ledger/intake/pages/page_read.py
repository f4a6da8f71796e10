"""A whole page, as it is known before it is walked: its blocks, the labels and numbers among them,
and what of it is the recorded report's. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.intake.pages.addressees import Whom
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.ties import Ties
from ledger.intake.pages.values import Part, RecordedReport
from ledger.intake.pages.words import Label, Numbered


@dataclass(frozen=True)
class PageRead:
    """A whole page, as it is known before the walk."""

    blocks: Sequence[Block]
    labels: Sequence[Label | None]
    numbers: Sequence[Numbered | None]
    whom: Whom
    listed: bool
    recorded: RecordedReport | None
    ties: Ties
    """The blocks that stand for recorded recommendations."""
    welsh: frozenset[int]
    """The paragraphs that say in Welsh what stands beside them in English."""
    signed: Mapping[int, Part | None]
    signature: frozenset[int] | set[int]
    signer: Sequence[Part | None]
    """By block: who signs next after it."""
    news: bool
    of_london: bool
    """True if the chief officer of its office is called the Commissioner."""

    @property
    def labelled(self) -> bool:
        """Return whether the page says by labels where its recommendations stand."""
        opens = (one for one in self.labels if one and one.means == "recommendations")
        return any(self.numbers) or any(one.own or one.single for one in opens)
