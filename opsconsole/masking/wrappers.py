"""Commands that start another one: ``timeout 5 vault login X``, ``docker exec -it c redis-cli -a X``.

What stands between one of them and the command that it starts is flags with their values, numbers, assignments, and as
many words as it takes itself (a host, a container, a user). Anything else is a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from opsconsole.masking.names import listed

_PLAIN = frozenset(
    listed(
        """busybox caffeinate catchsegv chronic command daemonize dbus-run-session doas dumb-init env eval
        exec fakeroot ionice ltrace nice nohup nocorrect npx nsenter numactl parallel pkexec prlimit proxychains
        proxychains4 setpriv setsid stdbuf strace sudo systemd-inhibit systemd-run time tini torsocks unbuffer unshare
        watch winpty with-contenv xargs -exec -execdir -ok -okdir"""
    )
)
"""Those that take nothing but flags and their values before the command."""

_HESITANT = frozenset({"retry", "parallel"})
"""Those that are verbs and adverbs of sentences too: "retry redis-cli auth". A flag or a number behind one tells."""

_TAKING = {
    **dict.fromkeys(
        listed(
            """chpst chroot chrt dsh envdir firejail flock gosu lxc-attach machinectl mosh pdsh retry rsh runuser
            s6-envdir s6-setuidgid setarch setuidgid softlimit ssh ssh-agent su su-exec taskset timeout"""
        ),
        1,
    ),
    "sshpass": 0,
}
"""How many words of their own those take that take any."""

_STARTED_BY = {
    "exec": frozenset(
        listed(
            """aws-vault bundle chamber compose conda crictl ctr direnv docker docker-compose incus k k3s kubectl lxc
            microk8s mise nerdctl oc podman podman-compose rbenv"""
        )
    ),
    **dict.fromkeys(("stat", "record"), frozenset({"perf"})),
    "run": frozenset(
        listed("compose conda doppler docker docker-compose k k3s kubectl nerdctl oc op pipenv podman poetry uv")
    ),
}
"""Subcommands that start one, by the programs whose they are; each takes a name before it."""

_PROSE = frozenset(
    listed(
        """a after an and are as at before behind blocked by calling doing during error expired failed failing for from
        had has held how in into is it its of on or our reached running than that the their there these this those to
        trying waiting was were what when where which while whose with within without your"""
    )
)
"""Words of a sentence that stand where a host, a container or a user would: "ssh to vault login node"."""

_SHELL = re.compile(r"-[a-z]{0,4}c|/[ck]", re.IGNORECASE)
"""The flag of a shell behind which a command stands: ``bash -lc``, ``cmd /c``."""

_AMOUNT = re.compile(r"\+?[\d.]+[a-zA-Z%]{0,3}|0x[0-9a-fA-F,]+|[\d,-]+")
"""How long, how many, which processors."""

_ASSIGNED = re.compile(r"\w+=.*", re.DOTALL)


def is_shells(flag: str) -> bool:
    """Whether a command may stand behind this flag."""
    return _SHELL.fullmatch(flag) is not None


class Wrapped:
    """Follows the words of one command, and tells where another that it starts may begin.

    Attributes:
        unsure: the word at which it may may as well be a flag's value, or one of those that the first command takes:
            ``docker exec vault curl``, ``sudo -u git mysqldump``.
        hesitates: it may be a sentence instead: ``retry redis-cli auth loop``.
    """

    def __init__(self) -> None:
        self._left: int | None = None
        self._flagged = False
        self.unsure = False
        self.hesitates = False

    def begins(self, word: str, *, known: bool, seen: Collection[str]) -> bool:
        """Whether the command that is started may begin at this word.

        Args:
            word: the next one.
            known: it is the name of a program with a table.
            seen: words that stood before it.
        """
        inside, flagged, self._flagged = self._left is not None, self._flagged, False
        self.unsure = inside and (flagged or bool(self._left))
        name = word.rpartition("/")[2].lower()
        takes = _takes(name, seen)
        if self._left is None or word[:1] == "-":
            self._flagged = word not in {"-", "--"} and "=" not in word
            self.hesitates = False
        elif not flagged and word.lower().rstrip(",.:;") in _PROSE:
            self._left = None
        elif known or takes is not None or not (flagged or _AMOUNT.fullmatch(word) or _ASSIGNED.fullmatch(word)):
            self._left = self._left - 1 if self._left else None
        else:
            self.hesitates = False
        if takes is not None:
            self._left, self._flagged, self.hesitates = takes, False, name in _HESITANT
        return inside and known


def _takes(name: str, seen: Collection[str]) -> int | None:
    """How many words of its own a command takes before the one that it starts; ``None``: it starts none."""
    if name in _STARTED_BY and not _STARTED_BY[name].isdisjoint(seen):
        return 1
    return 0 if name in _PLAIN else _TAKING.get(name)
