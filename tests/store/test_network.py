"""A state is not begun on a file system of another machine."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from agentgrid.errors import StoreError
from agentgrid.store.inspection import find_state_faults
from agentgrid.store.network import Mount, find_mount, find_network_fault, list_mounts
from agentgrid.store.opening import open_store
from support.stores import make_state, state_directory

KINDS = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "fuse.glusterfs", "NFS", "webdav", "ceph"]


def mount(monkeypatch: pytest.MonkeyPatch, *mounts: tuple[Path | str, str]) -> None:
    """The machine as if these were mounted."""
    listed = [SimpleNamespace(mountpoint=str(place), fstype=kind) for place, kind in mounts]

    def disk_partitions(**options: bool) -> Sequence[SimpleNamespace]:
        assert options == {"all": True}, "otherwise only disks are listed"
        return listed

    monkeypatch.setattr(psutil, "disk_partitions", disk_partitions)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_begun_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mount(monkeypatch, ("/", "ext4"), (tmp_path, kind))
    common_dir = tmp_path / "shop" / ".git"

    with pytest.raises(StoreError) as raised, open_store(common_dir).write():
        pass

    directory = state_directory(common_dir)
    assert (
        raised.value.message
        == f"{directory} is on a network file system ({kind} at {tmp_path}), where locks don't hold"
    )
    assert raised.value.hint == f"clone the repository to a disk of this machine: git clone {tmp_path}/shop ~/"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["ext4", "apfs", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "fuse.encfs", "virtiofs"])
def test_other_file_systems_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    mount(monkeypatch, ("/", "nfs"), (tmp_path, kind))

    with open_store(tmp_path).write():
        pass


def test_a_state_that_was_moved_there_is_found_by_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_state(state_directory(tmp_path))
    mount(monkeypatch, ("/", "ext4"), (tmp_path, "cifs"))

    [(message, _)] = find_state_faults(tmp_path)

    assert "is on a network file system (cifs at " in message


def test_the_longest_mount_that_leads_there_counts_and_the_last_of_one_place(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "mnt" / "disk")
    mounts = [Mount(str(tmp_path / name), kind) for name, kind in
              [("", "ext4"), ("mnt", "nfs"), ("mnt/disk", "cifs"), ("mnt/disk", "xfs"), ("mnt/di", "9p")]]  # fmt: skip

    found = {name: find_mount(tmp_path / name, mounts) for name in ("mnt/x", "mnt/disk/a/b", "mnt/diskette", "link/a")}

    assert {name: each.kind if each else "" for name, each in found.items()} == {
        "mnt/x": "nfs",
        "mnt/disk/a/b": "xfs",
        "mnt/diskette": "nfs",
        "link/a": "xfs",
    }


def test_this_machine_tells_what_is_mounted(tmp_path: Path) -> None:
    assert any(each.place == "/" for each in list_mounts())
    assert find_network_fault(tmp_path) is None
