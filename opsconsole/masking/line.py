"""One line, masked token by piece: names and what is assigned to them, logins of URLs and of programs, headers."""

from __future__ import annotations

import re

from opsconsole.masking.cursor import Cursor, is_blank, is_quote
from opsconsole.masking.looks import OPAQUE_HOSTS, by_looks, is_bot, is_hash, is_random
from opsconsole.masking.names import is_count, is_secret_name

_HARMLESS = re.compile(r"(?:true|false|null|none|\d{1,5})\Z", re.IGNORECASE)
_NUMBER = re.compile(r"-?[\d.]+\Z")
_SCHEMES = frozenset({"bearer", "basic", "digest", "negotiate", "apikey"})
_WHOLE_LINE = ("authorization", "cookie", "cookies")
"""Headers whose value has blanks in it."""

_SPOKEN = ("password", "passwd", "passphrase", "passcode", "pass", "pwd", "token", "tokens", "auth", "authorization")
"""Names behind which a secret stands without a mark between: ``requirepass X``, ``login me password X``."""

_PASSWORDS = ("password", "passwd", "passphrase", "passcode")
_SECOND = frozenset({"key", "keys", "phrase", "code", "codes", "string", "verifier"})
"""Second words of names in two: ``API key``, ``seed phrase``."""

_BETWEEN = frozenset({"is", "was", "to", "of", "value"})
_PARAMETERS = frozenset({"sig", "key", "code", "signature"})
_OPERATORS = frozenset({"::", ":=", "=>", "==", "->", "?=", "=~", "!="})
_ASSIGN_OR_PATH = frozenset("=:/")
_DATA = frozenset({"data", "stringdata"})
_ENDS = frozenset(",;}])&")
_ALWAYS_ENDS = frozenset("<>")
_ORACLE = frozenset({"thin", "oci"})
_PAIR = {"name": "name", "key": "name", "variable": "name", "value": "value", "val": "value"}


class Scan(Cursor):
    """One line, token by piece.

    ``of_secret``: the line is (of) a manifest of a Secret. ``open_quote``: the quote that a secret is still within at
    the line's end. ``awaits_value``: a secret was named (``name: DB_PASSWORD``), and its ``value`` is still to come.
    """

    def __init__(self, line: str, *, of_secret: bool = False, awaits_value: bool = False) -> None:
        super().__init__(line)
        self._of_secret = of_secret
        self._no_login_before = 0
        self._value_begins = -1
        self._identified = False
        self.open_quote = ""
        self.awaits_value = awaits_value

    def run(self) -> str:
        """The line, masked."""
        while self._at < len(self._tokens):
            self.steps += 1
            piece = self._tokens[self._at]
            if piece.isspace():
                self._copy(1)
            elif not (self._mark(piece) or self._parameter(piece) or self._pair(piece) or self._word(piece)):
                self._out.append(by_looks(piece))
                self._at += 1
        return "".join(self._out)

    def _mark(self, piece: str) -> bool:
        """A character that something begins with: ``://``, the ``$6$`` of a hash, what ends a command."""
        if piece == ":" and self._peek(1) == "/" and self._peek(2) == "/":
            self._url()
        elif piece == "$" and self._peek(2) == "$" and is_hash(self._peek(1)):
            self._copy(3)
            self._mask_bare()
        else:
            if piece == "}":
                self.awaits_value, self._value_begins = False, -1
            return False
        return True

    def _pair(self, piece: str) -> bool:
        """A name and its value side by side, in either order: ``{"name": "API_TOKEN", "value": "X"}``."""
        role = _PAIR.get(piece.lower(), "")
        if not role or not self._assigned_at(1) or (self._at and self._tokens[self._at - 1] == "/"):
            return False
        if role == "value":
            if self.awaits_value:
                self._named(piece)
                self.awaits_value = False
                return True
            self._copy(self._assigned_at(1))
            self._value_begins = len(self._out)
            return True
        name = self._peek(self._assigned_at(1))
        self.awaits_value = is_secret_name(name)
        if self.awaits_value and self._value_begins >= 0:
            self._mask_written(self._value_begins)
        self._value_begins = -1
        return False

    def _parameter(self, piece: str) -> bool:
        """A parameter that signs a URL, the token of a bot, the address of a web hook."""
        behind = self._peek(1)
        if behind not in _ASSIGN_OR_PATH:
            return False
        low = piece.lower()
        if behind == "=" and (
            low.endswith("signature") or (low in _PARAMETERS and self._at and self._tokens[self._at - 1] in {"?", "&"})
        ):
            self._copy(2)
            self._mask_bare()
        elif behind == ":" and is_bot(piece, self._peek(2)):
            self._copy(2)
            self._mask_one()
        elif low == "--from-literal" and self._peek(3) == "=":
            self._copy(4)
            self._value()
        elif behind == "/" and (low in OPAQUE_HOSTS or self._is_slashed()):
            self._copy(2)
            self._mask_bare()
        else:
            return False
        return True

    def _is_slashed(self) -> bool:
        """Whether this is the user of ``user/password``, as Oracle's programs and addresses have it."""
        before = self._tokens[max(self._at - 2, 0) : self._at]
        if before and before[-1] == ":":
            return before[0].lower() in _ORACLE
        return False

    def _is_scheme(self, word: str) -> bool:
        if not is_blank(self._peek(1)) or len(self._peek(2)) < 6 or self._peek(2)[0] == "-":
            return False
        before = self._tokens[self._at - 2].lower() if self._at > 1 else ""
        return word in _SCHEMES or (word in {"plain", "login"} and before == "auth")

    def _word(self, piece: str) -> bool:
        low = piece.lower()
        self._identified = self._identified or low == "identified"
        if self._is_scheme(low):
            self._copy(2)
            self._mask_bare()
        elif low == "by" and self._identified and (is_quote(self._peek(2)) or is_random(self._peek(2))):
            self._copy(2)
            self._value()
        elif is_secret_name(piece):
            self._named(piece)
        elif self._of_secret and piece.lower() in _DATA:
            self._data()
        elif low in _SECOND and self._at > 1 and is_secret_name(f"{self._tokens[self._at - 2]}_{piece}"):
            self._named(piece)
        else:
            return False
        return True

    def _named(self, name: str) -> None:
        """Behind a name that holds a secret: mask what is assigned to it."""
        tupled = self._at > 1 and self._tokens[self._at - 2] == "("
        self._out.append(by_looks(name))
        self._at += 1
        start = self._at
        quote = self._peek(0) if is_quote(self._peek(0)) else ""
        ahead = bool(quote) + (bool(quote) and self._peek(1) == "]")
        ahead += is_blank(self._peek(ahead))
        if width := self._operator(ahead, tupled=tupled and bool(quote)):
            self._copy(ahead + width)
            if is_blank(self._peek(0)):
                self._copy(1)
            self._skip_type(quote)
            self._value(whole=not quote and name.lower().endswith(_WHOLE_LINE), numbers=is_count(name))
            self._second()
        elif self._peek(0) == "%" and self._peek(1)[:2].upper() in {"3D", "3A"}:
            self._out += ["%", self._peek(1)[:2]]
            self._tokens[self._at + 1] = self._peek(1)[2:]
            self._at += 1 + (not self._peek(1))
            self._mask_bare()
        elif name[0] == "-" and not quote and is_blank(self._peek(0)) and self._peek(1)[:1] not in {"", "-"}:
            self._copy(1)
            self._value()
        elif not quote and is_blank(self._peek(0)) and self._spoken(name):
            self._value()
        else:
            self._at = start

    def _second(self) -> None:
        """Mask what stands behind a user's name in a call: ``auth("me", "X")``."""
        blank = is_blank(self._peek(2))
        called = is_quote(self._peek(0)) and self._peek(1) == "," and is_quote(self._peek(2 + blank))
        if called and self._peek(4 + blank) == self._peek(2 + blank) and self._peek(5 + blank) == ")":
            self._copy(2 + blank)
            self._quoted(self._peek(0))

    def _skip_type(self, quote: str) -> None:
        """Go over a type between a name and its value: ``password: String = "X"``, ``=> string(7) "X"``."""
        blank = is_blank(self._peek(1))
        if not quote and blank and self._peek(2) == "=" and self._peek(0)[:1].isalpha():
            self._copy(3 + is_blank(self._peek(3)))
        elif self._peek(0) == "string" and self._peek(1) == "(" and self._peek(3) == ")":
            self._copy(4 + is_blank(self._peek(4)))

    def _operator(self, ahead: int, *, tupled: bool) -> int:
        """How many tokens behind ``ahead`` assign: ``=``, ``:``, ``:=``, ``=>``; 0: none."""
        mark, behind = self._peek(ahead), self._peek(ahead + 1)
        if mark + behind in _OPERATORS:
            return 2
        if mark in {"=", ":"} and behind != "/":
            return 1
        if mark == ">" and (ahead == 0 or self.awaits_value):
            begins = self._at > 1 and self._tokens[self._at - 2] == "/"
            return 0 if begins or is_blank(behind) else 1
        if mark == ";" and ahead == 1 and self._peek(ahead + 4) == ":":
            return 5  # PHP's s:8:"password";s:7:"X"
        if mark == "(" and ahead == 0:
            return int(is_quote(behind))
        return int(mark == "," and tupled)

    def _spoken(self, name: str) -> bool:
        """Go to what stands behind a name and a blank, where it is no word of the language."""
        at = 1
        if self._peek(1).lower() in _BETWEEN and (is_blank(self._peek(2)) or self._peek(2) == "="):
            at = 3
        elif self._peek(1).lower() == "for":
            at = next(
                (end + 1 + is_blank(self._peek(end + 1)) for end in (4, 5, 6) if self._peek(end) in {":", "="}), 1
            )
        said = name.lower().endswith(_SPOKEN)
        quote = self._peek(at) if is_quote(self._peek(at)) else ""
        value = self._peek(at + bool(quote))
        if self._peek(1) == "|" and is_random(self._peek(3)):  # a table
            self._copy(3)
            return True
        strong = name.lower().endswith(_PASSWORDS) or (name.isupper() and "_" in name)
        alone = strong and quote and self._peek(at + 2) == quote  # PASSWORD 'x' of SQL
        if not alone and (not (said or self._peek(2) == "=") or not is_random(value)):
            return False
        self._copy(at)
        return True

    def _value(self, *, whole: bool = False, numbers: bool = False) -> None:
        piece = self._peek(0)
        if not piece or piece == "{" or self._is_masked() or (numbers and _NUMBER.match(piece)):
            return
        behind = self._peek(1)
        if _HARMLESS.match(piece) and (behind in {"", *_ENDS} or is_blank(behind) or is_quote(behind)):
            return
        if piece == "[" or (piece == "(" and is_quote(behind)):
            self._several()
        elif piece in {"b", "r", "f", "u", "$"} and is_quote(behind):
            self._copy(1)
            self._quoted(behind)
        elif is_quote(piece):
            self._quoted(piece)
        else:
            self._mask_bare(whole=whole)

    def _several(self) -> None:
        """A list of secrets: mask each."""
        self._copy(1)
        while (piece := self._peek(0)) and piece not in {"]", ")"}:
            self.steps += 1
            if is_quote(piece):
                self._quoted(piece)
                self._copy(min(1, len(self._tokens) - self._at))
            elif piece in _ENDS or piece == "{" or piece.isspace() or self._is_masked():
                self._copy(3 if self._is_masked() else 1)
            elif self._ends(self._at):
                self._copy(1)
            else:
                self._mask_bare()

    def _quoted(self, quote: str) -> None:
        """Mask up to the quote that ends it, or the line's end."""
        self._copy(1)
        if self._is_masked():
            self._copy(3)
            return
        end = self._at
        while end < len(self._tokens) and self._tokens[end] != quote:
            end += 1
        if end == len(self._tokens):
            self.open_quote = quote
        if end > self._at:
            self._skip_to(end)

    def _mask_bare(self, *, whole: bool = False) -> None:
        """Mask up to a blank, a quote or a mark that ends a value (``whole``: up to a quote or the line's end)."""
        if self._is_masked():
            return
        end = self._at
        while end < len(self._tokens):
            piece = self._tokens[end]
            if whole and is_quote(piece) and end > self._at and self._tokens[end - 1] == "=":
                end = self._closing(end)
            elif is_quote(piece) or (not whole and self._ends(end)):
                break
            end += 1
        if end > self._at:
            self._skip_to(min(end, len(self._tokens)))

    def _closing(self, quote: int) -> int:
        """Where the quote is that ends what begins at ``quote``; the line's end where there is none."""
        end = quote + 1
        while end < len(self._tokens) and self._tokens[end] != self._tokens[quote]:
            end += 1
        return end

    def _ends(self, at: int) -> bool:
        """Whether a bare value ends here. A comma or a bracket within a password does not, if more of it follows."""
        piece = self._tokens[at]
        if piece.isspace() or piece in _ALWAYS_ENDS:
            return True
        if piece not in _ENDS:
            return False
        behind, next_one = (*self._tokens[at + 1 : at + 3], "", "")[:2]
        return piece == "}" or not behind[:1].isalnum() or next_one in {"=", ":", '"', "'"}

    def _data(self) -> None:
        """``data`` of a Secret on one line: mask the whole of it."""
        self._copy(1)
        while is_quote(self._peek(0)) or is_blank(self._peek(0)) or self._peek(0) == ":":
            self.steps += 1
            self._copy(1)
        if self._peek(0) != "{" or (self._peek(1) == "[" and self._peek(2) == "redacted"):
            return
        self._copy(1)
        end, depth = self._at, 1
        while end < len(self._tokens) and depth:
            depth += (self._tokens[end] == "{") - (self._tokens[end] == "}")
            end += depth > 0
        if end > self._at:
            self._skip_to(end)

    def _url(self) -> None:
        """``://user:password@host``: mask the login. A password may hold a slash where there is a colon before it."""
        self._copy(3)
        if self._at < self._no_login_before or self._is_masked():
            return
        last, colon, end = -1, False, self._at
        while end < len(self._tokens):
            part = self._tokens[end]
            if is_blank(part) or is_quote(part) or part.isspace() or part in "<>?#":
                break
            if part == "/" and not (colon and self._is_password(end)):
                break
            last = end if part == "@" else last
            colon = colon or part == ":"
            end += 1
        if last > self._at:
            self._skip_to(last)
        else:
            self.steps += end - self._at
            self._no_login_before = end if last < 0 else self._no_login_before

    def _is_password(self, slash: int) -> bool:
        """Whether what stands before this slash can be a password's beginning rather than a port."""
        before = self._tokens[slash - 1]
        return not before.isdigit() and before != ":"
