"""Programs whose flags or arguments are passwords: ``mysql -pX``, ``curl -u me:X``, ``htpasswd -b file me X``.

No name in them tells. The tables are from the manual of each program.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from opsconsole.masking.looks import MASK, is_random
from opsconsole.masking.names import is_secret_name, listed


class Argument(NamedTuple):
    """An argument without a flag that is a secret.

    Attributes:
        after: the words of the subcommand that takes it, in small letters.
        at: how many other arguments stand between these and it.
        needs: letters that must stand among the flags.
        lacks: letters that must not.
        pairs: it and all behind it are ``key=value``, and each value is one.
        named: only where the argument before it is a name that stands for a secret: ``config set _authToken X``.
        marked: it and all behind it are secrets where they begin so, in Redis' ``ACL SETUSER me on >X``.
    """

    after: tuple[str, ...] = ()
    at: int = 0
    needs: str = ""
    lacks: str = ""
    pairs: bool = False
    named: bool = False
    marked: str = ""


class Flags(NamedTuple):
    """``apart``: the next word is a password. ``glued``: what stands behind the flag. ``login``: ``user:password``.

    ``slashed``: it takes ``user/password`` without a flag. ``takes``: flags with a value that is no secret.
    ``words``: arguments that are secrets.
    """

    apart: frozenset[str] = frozenset()
    glued: frozenset[str] = frozenset()
    login: frozenset[str] = frozenset()
    slashed: bool = False
    takes: frozenset[str] = frozenset()
    words: tuple[Argument, ...] = ()


NO_FLAGS = Flags()


def _flags(
    apart: str = "", glued: str = "", login: str = "", takes: str = "", words: tuple[Argument, ...] = ()
) -> Flags:
    first, second, third = (frozenset(each.split()) for each in (apart, glued, login))
    return Flags(first, second, third, takes=frozenset(takes.split()), words=words)


def _at(after: str = "", at: int = 0) -> Argument:
    return Argument(tuple(after.split()), at)


def _settings(*after: str) -> Flags:
    """A program that keeps settings: a value is a secret where its key is named so."""
    return _flags(words=tuple(Argument(tuple(each.split()), 1, named=True) for each in after))


_MYSQL = _flags(glued="-p")
_LOGIN = _flags(apart="-p", glued="-p")
_SET_USER = Argument(("setuser",), 1, marked="><")
_REDIS = _flags(
    apart="-a",
    glued="-a",
    takes="-h -p -s -u -n -r -i -d",
    words=(
        _at("auth"),
        _at("auth", 1),
        _at("config set requirepass"),
        _at("config set masterauth"),
        _SET_USER._replace(after=("acl", "setuser")),
    ),
)
_USER = _flags(login="-u --user -U --proxy-user")
_LDAP = _flags(apart="-w", glued="-w")
_HTTP = _flags(login="-a --auth")
_WINDOWS = _flags(login="-U --user")
_SMB = _flags(login="-U --user", takes="-W -I -p -L -c -D -m", words=(_at(at=1),))
_VAULT = _flags(
    takes="-method -path -address -namespace -ns -format -field -mount -ttl -policy",
    words=(
        _at("login"),
        _at("operator unseal"),
        _at("unseal"),
        _at("unwrap"),
        *(_at(f"token {each}") for each in ("lookup", "renew", "revoke")),
        *(Argument(("kv", each), 1, pairs=True) for each in ("put", "patch")),
    ),
)
_HTPASSWD = _flags(
    takes="-C -r",
    words=(Argument((), 2, needs="b", lacks="n"), Argument((), 1, needs="bn")),
)
_MINIO = _flags(words=(_at("alias set", 3), _at("config host add", 3)))
_RABBIT = _flags(
    takes="-n -p",
    words=tuple(_at(each, 1) for each in ("add_user", "authenticate_user", "change_password")),
)
_SAMBA = _flags(words=tuple(_at(f"user {each}", 1) for each in ("create", "add", "setpassword")))
_NGROK = _flags(words=(_at("authtoken"), _at("config add-authtoken")))

PROGRAMS: Mapping[str, Flags] = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqlimport", "mariadb", "mariadb-dump", "mysqlsh"), _MYSQL),
    **dict.fromkeys(("mysqladmin",), _flags(glued="-p", takes="-u -h -P -S", words=(_at("password"),))),
    **dict.fromkeys(("sshpass",), _flags(apart="-p", glued="-p")),
    **dict.fromkeys(("login", "mongo", "mongosh", "mongodump", "mongorestore", "cqlsh", "clickhouse"), _LOGIN),
    **dict.fromkeys(("rabbitmqadmin", "hydra", "rdesktop", "evil-winrm", "usermod", "useradd"), _flags(apart="-p")),
    **dict.fromkeys(("redis-cli", "keydb-cli", "valkey-cli"), _REDIS),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"), _LDAP),
    **dict.fromkeys(("ldappasswd",), _flags(apart="-w -s -a", glued="-w")),
    **dict.fromkeys(("wget", "etcdctl"), _USER),
    **dict.fromkeys(("mosquitto_pub", "mosquitto_sub"), _flags(apart="-P")),
    **dict.fromkeys(("doctl",), _flags(apart="-t")),
    **dict.fromkeys(("nmcli",), _flags(apart="password psk wifi-sec.psk")),
    **dict.fromkeys(("config",), _flags(words=(_at("set requirepass"), _at("set masterauth")))),
    **dict.fromkeys(("acl",), _flags(words=(_SET_USER,))),
    **dict.fromkeys(("curl",), _flags(apart="--oauth2-bearer", login="-u --user -U --proxy-user -E --cert")),
    **dict.fromkeys(("http", "https", "xh"), _HTTP),
    **dict.fromkeys(("ab",), _flags(login="-A -P")),
    **dict.fromkeys(("lftp",), _flags(login="-u --user")),
    **dict.fromkeys(("sqlcmd", "bcp"), _flags(apart="-P", glued="-P")),
    **dict.fromkeys(("ipmitool",), _flags(apart="-P")),
    **dict.fromkeys(("rpcclient", "winexe", "wmiexec"), _WINDOWS),
    **dict.fromkeys(("smbclient",), _SMB),
    **dict.fromkeys(("zip", "unzip"), _flags(apart="-P", glued="-P")),
    **dict.fromkeys(("7z", "7za", "rar", "unrar"), _flags(glued="-p")),
    **dict.fromkeys(("plink", "pscp", "psftp"), _flags(apart="-pw")),
    **dict.fromkeys(("sqlplus", "sqlldr", "expdp", "impdp", "rman", "tnsping"), Flags(slashed=True)),
    **dict.fromkeys(("openssl",), _flags(apart="-k -K", takes="-salt -in", words=(_at("passwd"),))),
    **dict.fromkeys(("snmpwalk", "snmpget", "snmpset", "snmpbulkwalk"), _flags(apart="-c -A -X")),
    **dict.fromkeys(("xfreerdp", "wfreerdp"), _flags(glued="/p:")),
    **dict.fromkeys(("vault", "bao"), _VAULT),
    **dict.fromkeys(("htpasswd",), _HTPASSWD),
    **dict.fromkeys(("mc", "mcli"), _MINIO),
    **dict.fromkeys(("rabbitmqctl",), _RABBIT),
    **dict.fromkeys(("samba-tool",), _SAMBA),
    **dict.fromkeys(("ngrok",), _NGROK),
    **dict.fromkeys(("wpa_passphrase", "isql"), _flags(words=(_at(at=1), _at(at=2)))),
    **dict.fromkeys(("rclone",), _flags(words=(_at("obscure"),))),
    **dict.fromkeys(("npm", "pnpm", "yarn", "pip"), _settings("config set", "set")),
    **dict.fromkeys(("git", "composer", "poetry"), _settings("config")),
    **dict.fromkeys(("aws",), _settings("configure set")),
}

PASSWORD_FLAGS = frozenset({"-p", "-P"})
"""Flags that take passwords with so many programs that what is no word behind them is taken for one."""


_WHOLE = frozenset(
    listed(
        "parallel path pending plaintext pod pods port print profile progress project protocol provider proxy public"
    )
)
"""Flags of whole words behind one dash, as Go's programs have them: no ``-p`` with a password."""

_BUNDLE = 8
"""Flags of a letter each that are written as one, at the most."""

_LETTERS = 32
"""Letters of flags that are remembered of one command, and words of it that are."""


class CommandWords:
    """Words of one command, given one after the other.

    Attributes:
        unsure: its name may be another thing's (a container's, a user's): another program may follow yet.
        only_flags: it may be a sentence: the places of its words tell nothing.
    """

    def __init__(self) -> None:
        self._flags = NO_FLAGS
        self._before = ""
        self._letters: set[str] = set()
        self._operands: list[str] = []
        self._wanted = ""
        self.unsure = self.only_flags = False

    @property
    def wants_password(self) -> bool:
        """Whether the next word is a password or has one in it, whatever it looks like."""
        before = self._before
        return before in self._flags.apart or self._logs_in(before) or _is_named(before)

    @property
    def counts(self) -> bool:
        """Whether the places of this command's words matter."""
        return bool(self._flags.words)

    def ends(self) -> None:
        """Another command begins."""
        self.__init__()  # type: ignore[misc]

    def masked(self, argument: str) -> str | None:
        """The argument, masked for what stands before it; None: that says nothing of it."""
        found = self.secret(argument)
        return None if found is None else argument[: found[0]] + MASK + argument[found[1] :]

    def secret(self, argument: str) -> tuple[int, int] | None:
        """Where in the argument a secret begins and ends; None: what stands before it says nothing of it."""
        before, self._before = self._before, argument
        name = argument.rpartition("/")[2].lower()
        if name in PROGRAMS and (not self._flags.words or self._is_others(name)):
            self.unsure = self.unsure and not self._flags.words
            table = PROGRAMS[name]
            self._flags, self._operands = table._replace(words=()) if self.only_flags else table, []
            self._letters.clear()
            return None
        if self._is_password(before, argument):
            return (0, len(argument)) if argument else None
        if self._logs_in(before):
            return _password_of(argument, 0)
        return self._by_itself(before, argument)

    def has(self, name: str) -> bool:
        """Whether this is a subcommand of the present command, and none of its subcommands was seen."""
        return not self._operands and any(each.after[:1] == (name,) for each in self._flags.words)

    def _is_others(self, name: str) -> bool:
        """Whether this is the command after all, and no argument of what was taken for one."""
        firsts = {each.after[0] if each.after else "" for each in self._flags.words}
        begun = name in firsts or "" in firsts or not firsts.isdisjoint(each.lower() for each in self._operands)
        return self.unsure and not begun

    def _logs_in(self, flag: str) -> bool:
        """Whether ``user:password`` stands behind this flag, the last of several letters too: ``curl -sSu``."""
        if flag in self._flags.login:
            return True
        letters = flag[1:]
        return (
            flag[:1] == "-"
            and 1 < len(letters) <= _BUNDLE
            and letters.isalpha()
            and f"-{flag[-1]}" in self._flags.login
        )

    def _by_itself(self, before: str, argument: str) -> tuple[int, int] | None:
        """The secret in an argument that no flag before it is for."""
        flagged = argument[:1] in {"-", "/"} and len(argument) > 1
        if flagged and (found := self._glued(argument)):
            return found
        if before == "--from-literal":
            return (argument.index("=") + 1, len(argument)) if "=" in argument else None
        if flagged and argument[0] == "-":
            self._letters.update(argument[1:_LETTERS] if argument[1] != "-" else ())
        elif self._flags.slashed and "/" in argument[1:]:
            end = argument.rfind("@")
            return argument.index("/", 1) + 1, end if end >= 0 else len(argument)
        elif before not in self._flags.takes:
            return self._operand(argument)
        return None

    def _glued(self, argument: str) -> tuple[int, int] | None:
        """The secret within a flag: ``-pX``, ``-ume:X``, ``--user=me:X``."""
        flag, equals, _ = argument.partition("=")
        if equals and flag in self._flags.apart:
            return len(flag) + 1, len(argument)
        if equals and flag in self._flags.login:
            return _password_of(argument, len(flag) + 1)
        if argument[:2] == "--" or flag[1:].lower() in _WHOLE:
            return None
        if argument[:2] in self._flags.login and len(argument) > 2:
            return _password_of(argument, 2)
        width = next((len(each) for each in self._flags.glued if argument.startswith(each)), 0)
        if not width or len(argument) == width:
            return None
        named = bool(equals) and is_secret_name(flag)
        return (len(flag) + 1 if named else width), len(argument)

    def _operand(self, argument: str) -> tuple[int, int] | None:
        """The secret that an argument without a flag is, by its place."""
        if not self._flags.words or len(self._operands) >= _LETTERS:
            return None
        self._operands.append(argument)
        low = [each.lower() for each in self._operands]
        for each in self._flags.words:
            first = len(each.after)
            place = len(low) - 1 - first
            fits = place == each.at or (place > each.at and (each.pairs or each.marked))
            if fits and tuple(low[:first]) == each.after and self._lettered(each):
                found = self._within(each, argument)
                if found is not None:
                    return found
        return None

    def _lettered(self, each: Argument) -> bool:
        return self._letters.issuperset(each.needs) and self._letters.isdisjoint(each.lacks)

    def _within(self, each: Argument, argument: str) -> tuple[int, int] | None:
        if each.marked:
            return (1, len(argument)) if argument[:1] in set(each.marked) and len(argument) > 1 else None
        if each.named and not any(
            map(is_secret_name, self._operands[-2].replace("/", ".").replace(":", ".").split("."))
        ):
            return None
        _, equals, value = argument.partition("=")
        if each.pairs:
            return (len(argument) - len(value), len(argument)) if value and value[0] != "@" else None
        return None if equals and each.after == ("login",) else (0, len(argument))

    def _is_password(self, before: str, argument: str) -> bool:
        if before in self._flags.apart:
            return True
        if before in PASSWORD_FLAGS:
            return is_random(argument) and not set("/={ ") & set(argument)
        return _is_named(before) and not argument.startswith("--")


def _is_named(flag: str) -> bool:
    """Whether a flag is named so that what stands behind it is a secret: ``--api-key``."""
    return flag[:1] == "-" and "=" not in flag and is_secret_name(flag)


def _password_of(login: str, begin: int) -> tuple[int, int] | None:
    """Where the password of ``user:password`` (from ``begin`` on) stands; a group's number is none."""
    at = next((place for place in range(begin, len(login)) if login[place] in ":%,"), -1)
    behind = login[at + 1 :]
    if at < 0 or login[begin:at] == "system" or behind.isdigit() or not behind or behind[:2] == "//":
        return None
    return at + 1, len(login)
