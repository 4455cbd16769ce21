"""Whether a path is in nobody else's hands: what others may write, exchange or point elsewhere is not used.

A file is only as safe as every folder on the way to it: who may write one of them may put another file in its place.
Users are told apart by the kernel's numbers; root is trusted, since nothing holds against root.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UntrustedPathError(OSError):
    """Somebody else may change what is there. ``strerror`` says where, why, and what helps."""

    def __init__(self, words: str) -> None:
        super().__init__(errno.EPERM, words)


def check_above(path: Path) -> None:
    """Check every folder above ``path``, along symbolic links too.

    Raises:
        UntrustedPathError: others may exchange what is in one of them.
        OSError: one can't be looked at.
    """
    above = Path(os.path.abspath(path)).parent  # noqa: PTH100 - Path.resolve would follow the links that are checked
    for folder in dict.fromkeys([*_chain(above), *_chain(Path(os.path.realpath(above)))]):
        found = folder.lstat()
        if stat.S_ISLNK(found.st_mode):
            _refuse_foreign(folder, found)
            continue
        _refuse_foreign(folder, found)
        # Where the sticky bit is set, as in /tmp, nobody takes away what another has put there. A mount of its own that
        # all may write is what containers are given as an empty folder.
        open_to_all = _others_may_write(found) and not found.st_mode & stat.S_ISVTX
        if open_to_all and not (found.st_uid == 0 and os.path.ismount(folder)):
            raise UntrustedPathError(f"{folder} may be written by others; take that away: chmod go-w")


def why_shared(path: Path) -> str:
    """Say why others may change what is found under ``path``, along symbolic links; empty: they may not.

    For what is used all the same.
    """
    try:
        real = Path(os.path.realpath(path))
        check_above(path)
        check_above(real)
        found = real.stat()
        if not stat.S_ISCHR(found.st_mode):  # /dev/null, for no settings: what is written into it stays nowhere
            refuse_shared(real, found)
    except UntrustedPathError as error:
        return error.strerror or ""
    except OSError:
        return ""
    return ""


def check_folder(path: Path, *, reading: bool = False) -> None:
    """Check that a folder is this user's, no link, and that nobody else may write it; those above are not looked at.

    Args:
        path: the folder.
        reading: it is only read from: root may, whoever it belongs to.

    Raises:
        UntrustedPathError: it is not so.
        OSError: it can't be looked at.
    """
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise UntrustedPathError(f"{path} is a symbolic link; name the folder that it leads to")
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if found.st_uid != os.getuid() and not (reading and os.getuid() == 0):
        raise UntrustedPathError(f"{path} belongs to somebody else (uid {found.st_uid})")
    if found.st_mode & _OTHERS_MAY_WRITE:
        raise UntrustedPathError(f"{path} may be written by others; look at what is in it, then: chmod go-w")


def open_own(path: Path, flags: int) -> int:
    """Open a file that is kept for this user alone (0600), following no link, and return its descriptor.

    Args:
        path: in a folder that was checked.
        flags: as for :func:`os.open`.

    Raises:
        UntrustedPathError: it is a link, no plain file, or belongs to somebody else.
        OSError: it can't be opened.
    """
    # Without O_NONBLOCK a pipe of that name would be waited for.
    descriptor = _open(path, flags)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UntrustedPathError(f"{path} is no plain file")
        if found.st_uid != os.getuid() and os.getuid() != 0:
            raise UntrustedPathError(f"{path} belongs to somebody else (uid {found.st_uid})")
        if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o177:
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_own(path: Path, most: int = -1) -> bytes:
    """Read such a file, at most ``most`` bytes of it.

    Raises:
        OSError: as :func:`open_own`.
    """
    with os.fdopen(open_own(path, os.O_RDONLY), "rb") as file:
        return file.read(most)


def read_code(path: Path, most: int) -> bytes:
    """Read a file of program text, following no link.

    Raises:
        UntrustedPathError: it is a link or no plain file, others may write it, or it is larger than ``most`` bytes.
        OSError: it can't be read.
    """
    descriptor = _open(path, os.O_RDONLY)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        refuse_shared(path, found)
        if not stat.S_ISREG(found.st_mode):
            raise UntrustedPathError(f"{path} is no plain file")
        text = file.read(most + 1)
    if len(text) > most:
        raise UntrustedPathError(f"{path} is larger than {most >> 20} MiB")
    return text


def refuse_shared(path: Path, found: os.stat_result) -> None:
    """Refuse what others may write, or what belongs to somebody else than this user and root.

    Raises:
        UntrustedPathError: it is so.
    """
    if stat.S_ISLNK(found.st_mode):
        raise UntrustedPathError(f"{path} is a symbolic link")
    if _others_may_write(found):
        raise UntrustedPathError(f"{path} may be written by others; take that away: chmod go-w")
    _refuse_foreign(path, found)


def _open(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UntrustedPathError(f"{path} is a symbolic link") from error
        raise


def _chain(path: Path) -> list[Path]:
    return [*reversed(path.parents), path]


def _refuse_foreign(path: Path, found: os.stat_result) -> None:
    if found.st_uid not in {0, os.getuid()}:
        raise UntrustedPathError(f"{path} belongs to somebody else (uid {found.st_uid})")


def _others_may_write(found: os.stat_result) -> bool:
    """A group of the user's own, as many distributions give, is the user."""
    group = found.st_mode & stat.S_IWGRP and found.st_gid not in {0, os.getgid()}
    return bool(found.st_mode & stat.S_IWOTH or group)
