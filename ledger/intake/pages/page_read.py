"""A whole page, as it is known before it is walked: its blocks, the labels and numbers among them,
and what of it is the recorded report's. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ledger.intake.pages.addressees import Whom
from ledger.intake.pages.blocks import Block
from ledger.intake.pages.ties import Ties, ties
from ledger.intake.pages.values import Part, RecommendationRead
from ledger.intake.pages.words import Label, Numbered


@dataclass(frozen=True)
class PageRead:
    """A whole page, as it is known before the walk."""

    blocks: Sequence[Block]
    labels: Sequence[Label | None]
    numbers: Sequence[Numbered | None]
    whom: Whom
    listed: bool
    welsh: Mapping[int, bool]
    """The paragraphs that say in Welsh what stands there in English, and whether it stands right
    beside each."""
    signed: Mapping[int, Part | None]
    signature: frozenset[int] | set[int]
    signer: Sequence[Part | None]
    """By block: who signs next after it."""
    news: bool
    of_london: bool
    """True if the chief officer of its office is called the Commissioner."""

    known: Sequence[RecommendationRead] = ()
    """The recommendations that it speaks about: those of the recorded report that it answers, or
    those that were gathered from it."""
    begun: bool = False
    """True if they are all that there are: those of a recorded report."""
    ties: Ties = field(default_factory=Ties)
    """The blocks that stand for known recommendations."""

    def knowing(
        self, listed: Sequence[RecommendationRead], title: str = "", *, begun: bool = False
    ) -> "PageRead":
        """Return the page with the recommendations that it speaks about."""
        tied = ties(self.blocks, self.labels, self.numbers, listed, title)
        labels = [None if n in tied.topics else one for n, one in enumerate(self.labels)]
        return replace(self, known=listed, begun=begun, ties=tied, labels=labels)

    @property
    def labelled(self) -> bool:
        """Return whether the page says by labels where its recommendations stand."""
        opens = (one for one in self.labels if one and one.means == "recommendations")
        return any(self.numbers) or any(one.own or one.single for one in opens)
