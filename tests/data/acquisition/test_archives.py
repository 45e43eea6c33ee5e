"""Archives of strangers: what is refused, and that nothing is left behind."""

import io
import os
import stat
import tarfile
import zipfile

import pytest

from support.data.acquisition import archives
from support.data.acquisition.archives import Limits, is_archive, unpack
from support.data.errors import ArchiveError


def make_zip(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            info.compress_type = compression
            archive.writestr(info, content)
    return path


def make_tar(path, members):
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    return info


def special(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def files_below(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def refused(archive, message, limits=None):
    """The archive is refused, and the folder around it holds it and nothing else."""
    before = files_below(archive.parent)
    with pytest.raises(ArchiveError, match=message):
        unpack(archive, archive.parent / "target", limits)
    assert files_below(archive.parent) == before


def test_zip_unpacks_whole(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("x/", b""), ("x/y.txt", b"1"), ("z", b"22")])
    folder = unpack(path, tmp_path / "out")
    assert files_below(folder) == ["x", "x/y.txt", "z"]
    assert (folder / "z").read_bytes() == b"22"


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"])
def test_tar_unpacks_whole(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    mode = {".tar": "w", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2"}.get(suffix, "w:gz")
    with tarfile.open(path, mode) as archive:
        info = member("x/y.txt")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    assert (unpack(path, tmp_path / "out") / "x/y.txt").read_bytes() == b"abc"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/etc/passwd", "absolute path"),
        ("C:/windows/x", "absolute path"),
        ("C:x", "absolute path"),
        ("\\\\host\\share", "absolute path"),
        ("..\\x", "absolute path"),
        ("../x", "leaves the folder"),
        ("a/../../x", "leaves the folder"),
        ("a/..", "leaves the folder"),
    ],
)
def test_paths_that_leave_are_refused(tmp_path, name, message):
    good = ("good.txt", b"good")
    refused(make_zip(tmp_path / "a.zip", [good, (name, b"bad")]), message)
    (tmp_path / "a.zip").unlink()
    members = [(member("good.txt"), b"good"), (member(name), b"bad")]
    refused(make_tar(tmp_path / "a.tgz", members), message)


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK]
)
def test_zip_links_and_devices_are_refused(tmp_path, mode):
    odd = special("odd", mode | 0o777)
    path = make_zip(tmp_path / "a.zip", [("good", b"1"), (odd, b"/etc/passwd")])
    refused(path, "link or a device")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
     tarfile.FIFOTYPE],
)  # fmt: skip
def test_tar_links_and_devices_are_refused(tmp_path, kind):
    members = [(member("good"), b"1"), (member("odd", kind, "/etc/passwd"), b"")]
    refused(make_tar(tmp_path / "a.tgz", members), "link or a device")


@pytest.mark.parametrize(
    "names",
    [
        ("a.txt", "A.TXT"),  # one file where case does not count
        ("caf\u00e9", "cafe\u0301"),  # one file where Unicode forms are folded
        ("a", "a/b"),
        ("a/b", "a"),
        ("a//b", "a/b"),
    ],
)
def test_clashing_names_are_refused(tmp_path, names):
    path = make_zip(tmp_path / "a.zip", [(name, b"1") for name in names])
    refused(path, "share the name")


def test_the_same_name_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = make_zip(tmp_path / "a.zip", [("a", b"1"), ("a", b"2")])
    refused(path, "share the name")


def test_bombs_are_refused_by_ratio_size_and_count(tmp_path):
    bomb = make_zip(tmp_path / "a.zip", [("z", bytes(4 << 20))], zipfile.ZIP_DEFLATED)
    refused(bomb, "grows more than")
    refused(bomb, "unpacks to more than", Limits(total_bytes=1 << 20))
    many = make_zip(tmp_path / "b.zip", [(str(n), b"") for n in range(30)])
    refused(many, "more than 20 members", Limits(members=20))
    tar = make_tar(tmp_path / "c.tgz", [(member("z"), bytes(4 << 20))])
    refused(tar, "grows more than")


def test_a_lying_header_is_caught_while_writing(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("z", b"0123456789")])
    raw = bytearray(path.read_bytes())
    # The central directory announces 4 bytes; the stored member has 10.
    entry = raw.index(b"PK\x01\x02")
    raw[entry + 24 : entry + 28] = (4).to_bytes(4, "little")
    path.write_bytes(bytes(raw))
    refused(path, "longer than announced|damaged")


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.97])
def test_truncated_archives_leave_nothing(tmp_path, keep):
    members = [(str(n), os.urandom(5_000)) for n in range(10)]
    path = make_zip(tmp_path / "a.zip", members)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    refused(path, "damaged or cut short")
    tar = make_tar(tmp_path / "a.tgz", [(member(n), content) for n, content in members])
    tar.write_bytes(tar.read_bytes()[: int(tar.stat().st_size * keep)])
    refused(tar, "damaged or cut short")


def test_a_flipped_bit_is_found(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("a", b"x" * 100), ("b", b"y" * 100)])
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"y" * 100) + 5] ^= 1
    path.write_bytes(bytes(raw))
    refused(path, "damaged")


def test_encrypted_members_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("a", b"x" * 100)])
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    path.write_bytes(bytes(raw))
    refused(path, "refused")


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", [("a", b"1"), ("b", b"2")])
    genuine, calls = archives._write, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        genuine(*args)

    monkeypatch.setattr(archives, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        unpack(path, tmp_path / "out")
    assert files_below(tmp_path) == ["a.zip"]


def test_an_existing_folder_is_not_touched(tmp_path):
    path = make_zip(tmp_path / "a.zip", [("a", b"1")])
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match="already there"):
        unpack(path, tmp_path / "out")
    with pytest.raises(ArchiveError, match="must end in"):
        unpack(tmp_path / "a.rar", tmp_path / "new")
    assert is_archive("x.TAR.GZ")
    assert not is_archive("x.npz")
