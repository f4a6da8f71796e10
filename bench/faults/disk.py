"""A disk of its own for PostgreSQL and the sealer, whose power can be cut and which can be full.

It is ext4 in a file that lies on btrfs. A loop device writes the file past the page cache, so the
file has what the disk was given, and nothing that only waits to be written. A copy by reference
takes the whole file at one moment: that is what a power cut leaves.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_SIZE = "1G"
_AROUND = "4G"
"""Both files are sparse, so they take the room of what is written."""
_SMALL = "64M"
_NEEDED = ("mkfs.btrfs", "mkfs.ext4", "losetup", "mount")


class NotRun(Exception):
    """A fault cannot be inflicted on this machine; the sentence says why."""


def _run(*command: object) -> str:
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise NotRun(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


def _free(place: Path) -> None:
    """Unmount a disk, once nobody has a file of it open: a loop device lets go a moment later."""
    for _ in range(50):
        with suppress(NotRun):
            _run("umount", place)
            return
        time.sleep(0.2)
    _run("umount", "--lazy", place)


@dataclass
class Disk:
    """A disk that is mounted at `place`."""

    place: Path
    file: Path
    device: str = ""

    def mount(self) -> None:
        """Let the disk be there."""
        self.device = _run("losetup", "--find", "--show", "--direct-io=on", self.file)
        _run("mount", self.device, self.place)

    def unmount(self) -> None:
        """Take the disk away; nobody may have a file of it open."""
        with suppress(NotRun):
            _run("umount", self.place)
        if self.device:
            _run("losetup", "--detach", self.device)
            self.device = ""

    def take(self, folder: Path) -> None:
        """Move a folder to the disk, and leave a link in its place."""
        inside = self.place / f"{folder.parent.name}-{folder.name}"
        _run("cp", "--archive", folder, inside)
        _run("sync", "--file-system", self.place)  # as initdb does
        shutil.rmtree(folder)
        folder.symlink_to(inside)

    def cut(self) -> Path:
        """Return a copy of what the disk has at this moment, while everything writes."""
        copy = self.file.with_name("cut")
        _run("cp", "--reflink=always", self.file, copy)
        return copy

    def become(self, copy: Path) -> None:
        """Let the disk have what such a copy has, and nothing that was written since."""
        self.unmount()
        copy.replace(self.file)
        self.mount()


@contextmanager
def full(place: Path) -> Iterator[None]:
    """Leave no room on the disk that a folder lies on."""
    filler = place / "filler"
    free = os.statvfs(place)
    with filler.open("wb") as file:
        for size in (free.f_bavail * free.f_frsize, 1 << 20, 1 << 16, 1 << 12):
            with suppress(OSError):
                while True:
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def small(folder: Path) -> Iterator[None]:
    """Let a folder lie on a small disk in memory meanwhile, with all that is in it. Nobody may have
    a file of it open before and after. Raises NotRun."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        raise NotRun("only root may mount a disk")
    with TemporaryDirectory(prefix="beside-") as beside:
        _run("cp", "--archive", f"{folder}/.", beside)
        _run("mount", "-t", "tmpfs", "-o", f"size={_SMALL}", "tmpfs", folder)
        try:
            _run("cp", "--archive", f"{beside}/.", folder)
            yield
            _run("cp", "--archive", f"{folder}/.", beside)
        finally:
            _run("umount", "--lazy", folder)
        _run("cp", "--archive", f"{beside}/.", folder)


@contextmanager
def disk() -> Iterator[Disk]:
    """Yield a disk that every user may enter. Raises NotRun."""
    if os.geteuid() != 0:
        raise NotRun("only root may mount a disk")
    if missing := [one for one in _NEEDED if shutil.which(one) is None]:
        raise NotRun(f"{', '.join(missing)} not installed (btrfs-progs, e2fsprogs, util-linux)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="disk-", dir="/var/tmp")))
        folder.chmod(0o755)
        around, outside, place = folder / "around.img", folder / "around", folder / "disk"
        outside.mkdir()
        place.mkdir()
        _run("truncate", f"--size={_AROUND}", around)
        _run("mkfs.btrfs", "--quiet", around)
        _run("mount", "-o", "loop", around, outside)
        stack.callback(_free, outside)
        made = Disk(place, outside / "disk.img")
        _run("truncate", f"--size={_SIZE}", made.file)
        _run("mkfs.ext4", "-q", "-m", "0", made.file)
        stack.callback(made.unmount)
        made.mount()
        yield made
