"""The list of accounts with the claims that open them, a setting (ANSWERABLE_OIDC_ACCOUNTS)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Whose:
    """An account, and the claims that a person needs to act for it, all of them."""

    account: str
    claims: Mapping[str, Any]

    def fits(self, said: Mapping[str, Any]) -> bool:
        """Return whether a person's claims match. An e-mail address counts only if the provider has
        verified it. Otherwise anybody could claim another's."""
        if "email" in self.claims and said.get("email_verified") is not True:
            return False
        return all(_has(said.get(name), wanted) for name, wanted in self.claims.items())


def _has(said: Any, wanted: Any) -> bool:
    if isinstance(said, list):
        return wanted in said
    return said is not None and type(said) is type(wanted) and bool(said == wanted)


def accounts_file(path: Path) -> tuple[Whose, ...]:
    """Return the accounts of a file with their claims (docs/record.md). Raise SettingsError if it
    is invalid."""
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(
            [f"ANSWERABLE_OIDC_ACCOUNTS: {path} cannot be read: {error}."]
        ) from None
    if set(listed) - {"account"} or not isinstance(listed.get("account"), list):
        raise SettingsError([f"ANSWERABLE_OIDC_ACCOUNTS: {path} has one [[account]] or more."])
    found, faults = [], []
    for number, one in enumerate(listed["account"], 1):
        name, claims = one.get("name"), one.get("claims")
        if not isinstance(name, str) or not isinstance(claims, dict) or not claims:
            faults.append(
                f"ANSWERABLE_OIDC_ACCOUNTS: account {number} of {path} needs a name, such as "
                'cumbria-pfcc/clerk-2, and claims, such as { sub = "…" }.'
            )
        elif set(one) - {"name", "claims"}:
            faults.append(
                f"ANSWERABLE_OIDC_ACCOUNTS: account {number} of {path} has a name and claims, and "
                f"nothing else: {min(set(one) - {'name', 'claims'})} goes into claims."
            )
        else:
            found.append(Whose(name, claims))
    if faults:
        raise SettingsError(faults)
    return tuple(found)
