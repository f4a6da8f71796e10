"""Events of the stream `service` about the keys that seal the log, after they came into use."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ledger.events.declare import Doc, Event, Stream
from ledger.events.texts import Text

Because = Literal["compromised", "held"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRetired(Event):
    """A signing key is used no more from a size of the log on. What it signed before stays good."""

    TOPIC: ClassVar[str] = "key-retired"
    STREAM: ClassVar[Stream] = "service"
    DATED: ClassVar[bool] = False

    vkey: Annotated[str, Doc("The verifier key of the key that is retired.")]
    from_size: Annotated[
        int,
        Doc(
            "The size of the log from which it signs no checkpoint; never one that is without "
            "this entry: then the size after it."
        ),
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyCompromised(Event):
    """A signing key was, or may have been, in other hands: what it signs proves nothing."""

    TOPIC: ClassVar[str] = "key-compromised"
    STREAM: ClassVar[Stream] = "service"
    DATED: ClassVar[bool] = False

    vkey: Annotated[str, Doc("The verifier key of the key that is compromised.")]
    from_size: Annotated[
        int, Doc("Its signatures on checkpoints of this size of the log and more prove nothing.")
    ]
    reason: Annotated[Text, Doc("What is known of how it came about.")]


@dataclass(frozen=True, kw_only=True, slots=True)
class SealingResumed(Event):
    """Sealing, which had stopped, goes on by a key."""

    TOPIC: ClassVar[str] = "sealing-resumed"
    STREAM: ClassVar[Stream] = "service"
    DATED: ClassVar[bool] = False

    vkey: Annotated[str, Doc("The verifier key of the key that seals from here on.")]
    at_size: Annotated[
        int,
        Doc("The size of the last checkpoint that still proves: what follows it is sealed anew."),
    ]
    because: Annotated[
        Because,
        Doc("What had stopped it: `compromised`, a key; `held`, the sealer, which found a fault."),
    ]
    reason: Annotated[Text, Doc("What happened, and why sealing can go on.")]
