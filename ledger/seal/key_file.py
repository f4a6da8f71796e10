"""The file of the signing key, and how a new key takes the place of the one before it.

`signing.key` holds the key in use. The next one is written beside it, as `signing.key.new`, and
on the disk before the log says that it is in use; only then does it take the name. The one
before it stays as `signing.key.retired-{hash}`, or `.compromised-{hash}`. So a process that is
killed in between leaves a state from which `settle` goes on. Every file has mode 0600.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import AnswerableError
from ledger.states.keys import Keys
from ledger.verify import note
from ledger.verify.note import SigningKey


class KeyFileError(AnswerableError):
    """The key's file is missing, there already, cannot be written, or holds no key."""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep others from changing the files of this key meanwhile."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise KeyFileError(f"{path.parent}: {error.strerror}.") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def read(path: Path) -> SigningKey:
    """Read the key in a file. Raise KeyFileError if it holds none."""
    try:
        return note.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KeyFileError(f"There is no key in {path}: `answerable key create`.") from None
    except (ValueError, OSError) as error:
        raise KeyFileError(f"{path}: {error}") from None


def present(path: Path) -> dict[str, SigningKey]:
    """Return the keys in the folder of a key's file, by verifier key: the key, its proposed
    successor, and those before it.

    The folder is read twice, since a key that changes its name meanwhile could be missed once.
    """
    found = {}
    for _ in range(2):
        for file in sorted(path.parent.glob(f"{path.name}*")):
            if (key := _lying(file)) is not None:
                found[key.vkey] = key
    return found


def propose(path: Path, origin: str, *, afresh: bool = False) -> SigningKey:
    """Return the key that is to follow the one at `path`: on the disk, not yet in use.

    A proposed key whose entry was never written is taken. With `afresh`, after a compromise, it is
    put aside and another made: a thief of one key may have the other.
    """
    new = _new(path)
    try:
        if (found := _lying(new)) is not None and found.name == origin and not afresh:
            return found
        if found is not None:
            os.replace(new, path.with_name(f"{path.name}.unused-{_hash(found.vkey)}"))
        elif new.exists():
            new.unlink()  # cut off while it was written, before any entry named it
        made = note.generate(origin)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made.text + "\n")
            file.flush()
            os.fsync(file.fileno())
        _on_disk(path.parent)
    except (ValueError, OSError) as error:
        raise KeyFileError(f"{new}: {error}") from None
    return made


def settle(path: Path, keys: Keys) -> bool:
    """Let the new key take the name, if the log says that it is in use: whether it did."""
    new = _new(path)
    if (found := _lying(new)) is None or found.vkey not in keys.in_use:
        return False
    try:
        if path.exists():
            _keep(path, keys)
        os.replace(new, path)
        _on_disk(path.parent)
    except OSError as error:
        raise KeyFileError(f"{path}: {error}") from None
    return True


def kept_as(path: Path, vkey: str, keys: Keys) -> Path:
    """Return the place for a key that another follows. The name says how it ended."""
    key = keys.known.get(vkey)
    ended = "compromised" if key is not None and key.compromised_from is not None else "retired"
    return path.with_name(f"{path.name}.{ended}-{_hash(vkey)}")


def _keep(path: Path, keys: Keys) -> None:
    """Give the key in use its second name, under which it stays."""
    kept = kept_as(path, read(path).vkey, keys)
    if not kept.exists():
        os.link(path, kept)
        kept.chmod(0o600)
        _on_disk(path.parent)


def _lying(new: Path) -> SigningKey | None:
    """Return the key in a file, if the file is there and whole."""
    try:
        return note.parse(new.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise KeyFileError(f"{new}: {error}") from None


def _hash(vkey: str) -> str:
    return vkey.split("+", 2)[1]


def _new(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")


def _on_disk(folder: Path) -> None:
    """Write a folder to the disk: a name is on the disk once its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
