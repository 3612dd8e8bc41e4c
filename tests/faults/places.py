"""Folders on disks of their own, which tests can fill, freeze and pull the plug of."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SHUTDOWN = 0x8004587D
"""``EXT4_IOC_SHUTDOWN``: the file system dies as if the power failed."""
NO_LOG_FLUSH = struct.pack("I", 2)


def command(*words: object) -> None:
    subprocess.run(list(map(str, words)), check=True, capture_output=True)


def require_root(*programs: str) -> None:
    """Skip a test where disks cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    for program in programs:
        if subprocess.run(["which", program], capture_output=True, check=False).returncode:
            pytest.skip(f"{program} is not installed")


def _mount_or_skip(*words: object) -> None:
    try:
        command("mount", *words)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"mounting is not possible here: {error.stderr.decode().strip()}")


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A folder on a disk of this size."""
    require_root("mount")
    place.mkdir()
    _mount_or_skip("-t", "tmpfs", "-o", f"size={size}", "tmpfs", place)
    try:
        yield place
    finally:
        command("umount", "-l", place)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """A folder that nobody can write into."""
    require_root("mount")
    _mount_or_skip("--bind", place, place)
    try:
        command("mount", "-o", "remount,ro,bind", place)
        yield
    finally:
        command("umount", "-l", place)


class PowerCut:
    """A disk whose power can be cut: what is not synced is lost."""

    def __init__(self, folder: Path) -> None:
        self.image, self.place = folder / "disk.img", folder / "disk"
        self.place.mkdir()
        with self.image.open("wb") as file:
            file.truncate(32 << 20)
        command("mkfs.ext4", "-q", "-F", self.image)
        _mount_or_skip("-o", "loop", self.image, self.place)

    def cut(self) -> None:
        descriptor = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, NO_LOG_FLUSH)
        except OSError as error:
            pytest.skip(f"the kernel cannot cut the power: {error}")
        finally:
            os.close(descriptor)

    def restart(self) -> None:
        command("umount", self.place)
        command("mount", "-o", "loop", self.image, self.place)

    def close(self) -> None:
        command("umount", "-l", self.place)


@contextmanager
def power(folder: Path) -> Iterator[PowerCut]:
    require_root("mount", "mkfs.ext4")
    disk = PowerCut(folder)
    try:
        yield disk
    finally:
        disk.close()
