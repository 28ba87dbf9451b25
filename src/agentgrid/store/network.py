"""File systems of other machines: their locks and shared memory don't hold between machines, so no state goes there."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agentgrid.errors import StoreError

_NETWORK = frozenset({
    "9p", "acfs", "afpfs", "afs", "autofs-nfs", "beegfs", "ceph", "cifs", "coda", "davfs", "davfs2", "gfarm",
    "glusterfs", "gpfs", "kafs", "lustre", "mfs", "moosefs", "ncp", "ncpfs", "nfs", "nfs3", "nfs4", "orangefs", "pvfs2",
    "smb", "smb2", "smb3", "smbfs", "webdav",
    "fuse.beegfs", "fuse.ceph", "fuse.cephfs", "fuse.cifs", "fuse.curlftpfs", "fuse.davfs", "fuse.gcsfuse",
    "fuse.glusterfs", "fuse.goofys", "fuse.juicefs", "fuse.mfs", "fuse.moosefs", "fuse.rclone", "fuse.s3fs",
    "fuse.seaweedfs", "fuse.smbnetfs", "fuse.sshfs",
})  # fmt: skip


class Mount(NamedTuple):
    """`kind`: the file system's name, as the system lists it."""

    place: str
    kind: str


def require_local(directory: Path) -> None:
    """Raises StoreError when `directory` (which need not exist yet) is on a known network file system."""
    fault = find_network_fault(directory)
    if fault is not None:
        raise StoreError(fault[0], hint=fault[1])


def find_network_fault(directory: Path) -> tuple[str, str] | None:
    """(message, hint) when `directory` is on a network file system."""
    mount = find_mount(directory, list_mounts())
    if mount is None or mount.kind.lower() not in _NETWORK:
        return None
    return (
        f"{directory} is on a network file system ({mount.kind} at {mount.place}), where locks don't hold",
        f"clone the repository to a disk of this machine: git clone {shlex.quote(_repository(directory))} ~/",
    )


def find_mount(directory: Path, mounts: Sequence[Mount]) -> Mount | None:
    """The mount that `directory` is on: the longest place that leads to it, the last one of several at one place."""
    real = os.path.realpath(directory)
    found = [each for each in mounts if real == each.place or real.startswith(each.place.rstrip("/") + "/")]
    return max(reversed(found), key=lambda each: len(each.place), default=None)


def list_mounts() -> list[Mount]:
    """Everything that is mounted, in the order of mounting."""
    import psutil

    return [Mount(each.mountpoint, each.fstype) for each in psutil.disk_partitions(all=True)]


def _repository(directory: Path) -> str:
    """The repository that the state is of, as `git clone` wants it."""
    common_dir = str(directory).removesuffix("/agentgrid/state")
    return common_dir.removesuffix("/.git")
