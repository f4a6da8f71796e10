"""Copies of checkpoints elsewhere: in a directory, a git repository or an object store.

A checkpoint is a file of its own, named by its size (`4959.checkpoint`), which `verify --since` and
`backup check --since` take. No file is replaced. If a place has another checkpoint of the same
size, the log was changed, or the file was.
"""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

from ledger.errors import AnswerableError

_SECONDS = 60
"""The longest time that a step of git may take, such as a push."""
_RETRIES = 2
_MOST = 64_000
"""Bytes of a file that is there already."""


class NotCopied(AnswerableError):
    """A place did not take the checkpoint: the sentence says what to do."""


def copy(place: str, size: int, checkpoint: str) -> None:
    """Put a checkpoint into a place (settings.py, `checkpoints_to`), if it is not there. Raise
    NotCopied."""
    kind, _, where = place.partition(":")
    file, text = f"{size}.checkpoint", checkpoint.encode()
    if kind == "dir":
        _into_directory(Path(where), file, text)
    elif kind == "git":
        _into_repository(Path(where), file, text)
    else:
        _into_store(place, file, text)


def _into_directory(folder: Path, file: str, text: bytes) -> None:
    """Write the file under another name first, so that nobody finds half of it."""
    path, unfinished = folder / file, folder / f".{file}.unfinished"
    try:
        if path.exists():
            with path.open("rb") as there:
                _is_ours(there.read(_MOST), text, str(path))
            return
        with unfinished.open("wb") as made:
            made.write(text)
            made.flush()
            os.fsync(made.fileno())
        unfinished.rename(path)
        _sync(folder)
    except OSError as error:
        raise NotCopied(
            f"{path} can't be written ({error.strerror}): see that {folder} is there, may be "
            "written to and has room."
        ) from None


def _sync(folder: Path) -> None:
    """Have the folder's new name on the disk, too."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _is_ours(there: bytes, ours: bytes, where: str) -> None:
    """Raise NotCopied if a file of this size has another text. Signatures may differ: witnesses
    sign later."""
    if there.partition(b"\n\n")[0] != ours.partition(b"\n\n")[0]:
        raise NotCopied(
            f"{where} is not the checkpoint that the log has of this size: the log was changed, or "
            "the file was. Keep both, and compare the log with it: `answerable audit --since`."
        )


def _into_repository(folder: Path, file: str, text: bytes) -> None:
    """Commit the file where it is new, and push to each remote, also what an earlier push left."""
    _git(folder, "rev-parse", "--show-toplevel")
    _into_directory(folder, file, text)
    _git(folder, "add", "--", file)
    if _git(folder, "status", "--porcelain", "--", file):
        _git(folder, "commit", "--quiet", "--message", f"Add {file}", "--", file)
    for remote in _git(folder, "remote").split():
        _git(folder, "push", "--quiet", remote, "HEAD")


def _git(folder: Path, *words: str) -> str:
    """Return what git says. It asks nobody for a password."""
    who = ("-c", "user.name=answerable witness", "-c", "user.email=answerable@localhost")
    try:
        done = subprocess.run(
            ["git", *who, *words],
            cwd=folder,
            env=os.environ | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotCopied(f"git {words[0]} in {folder} took longer than {_SECONDS} s.") from None
    except OSError as error:
        raise NotCopied(
            f"git can't be started in {folder} ({error.strerror}): install git, and make a "
            "repository there."
        ) from None
    if done.returncode:
        why = " ".join(done.stderr.split())[-300:]
        raise NotCopied(f"git {words[0]} in {folder} failed: {why}")
    return done.stdout


def _into_store(place: str, file: str, text: bytes) -> None:
    """Put the file into an object store, on the condition that it is new. A library signs the
    request: a signed address would expire, and signing by hand would be cryptography of our own."""
    try:
        import obstore
        from obstore.exceptions import AlreadyExistsError, BaseError
        from obstore.store import from_url
    except ImportError:
        raise NotCopied(
            "An object store needs the extra “objects”: pip install 'answerable[objects]'."
        ) from None
    seconds = timedelta(seconds=_SECONDS)
    try:
        store = from_url(place, retry_config={"max_retries": _RETRIES, "retry_timeout": seconds})
        try:
            obstore.put(store, file, text, mode="create")
        except AlreadyExistsError:
            there = bytes(obstore.get(store, file).bytes())
            _is_ours(there, text, f"{place.rstrip('/')}/{file}")
    except (BaseError, OSError, ValueError) as error:
        why = str(error).partition("\n")[0][:300]
        raise NotCopied(f"{place} does not take {file}: {why}.") from None
