"""Which names say that what they stand for is a secret: of fields, flags, environment variables, headers, parameters.

A name is taken apart into its words, whether it is written ``DB_PASSWORD_PRIMARY``, ``dbPassword`` or ``x-api-key``.
One of them has to be a word for a secret; where the last says that it is only *about* one (``secretName``,
``token_ttl``), it is none.
"""

from __future__ import annotations

import re


def listed(words: str) -> tuple[str, ...]:
    """Words that stand apart in one text, as a list of them is best read."""
    return tuple(words.split())


LONGEST_NAME = 128
"""Characters of a name's end that are looked at."""

_HINT = re.compile(
    r"pass|pwd|pw\d*\Z|token|secret|key|cred|auth|cookie|connection|docker|jwt|otp|hmac|sess|mnemonic|seed|recovery|backup|verifier|saml|assertion|kennwort|contrase|senha|парол|密|パス"
    r"|비밀",
    re.IGNORECASE,
)
_GLUED = (
    r"\w*(?:password|passwd|passphrase|passcode|passwort|kennwort|contrase[nñ]a|pwd|token|secret|credential|apikey"
    r"|accesskey"
    r"|secretkey|privatekey|sessionid|sessid|requirepass|пароль|密码|密碼|パスワード|비밀번호)"
)
_LAST = "pass|pw|passe|senha|auth|masterauth|authorization|cookie|hmac|cred|dockerconfigjson|dockercfg|connectionstring"
"""Words that stand for a secret where no other follows: ``auth_mode`` is none."""

_MORE = (
    r"(?:store|key|trust|src|dest|db|bind|user|admin|root|my|smtp|mail|ftp|http|proxy|redis|ssh|ldap|mysql|pg|vnc|rdp|sudo)+pass|mnemonic|seed_?phrase"
    r"|(?:recovery|backup)_?codes?|code_?verifier|saml_?(?:response|assertion)|client_?assertion"
)
"""Passwords glued to whose they are, and what gets somebody in under another name."""

_KEYS = (
    "api|access|secret|private|encryption|signing|master|ssh|session|account|storage|hmac|pgp|gpg|tls|cert|client|deploy"
    "|license|subscription|shared|shared_access|webhook|rsa|aes|kms|auth|app|jwt|fernet|django|rails|instrumentation"
)
_AFTER = r"(?:_(?:\d+|prod|dev|test|staging|old|new|b64|base64|hash|value|main|primary|default))*\Z"
_SECRET = re.compile(
    rf"(?:^|_)(?:(?:(?:{_GLUED}|{_MORE}|password\w*|jwt|otp|totp)s?\d*|(?:{_KEYS})_?keys?\d*|key_data|connection_strings?|mot_de_passe)"
    rf"(?=_|$)|(?:{_LAST})s?\d*{_AFTER})",
    re.IGNORECASE,
)
_ABOUT = frozenset(
    listed(
        """name names ref refs reference type types kind path paths file files dir mount url uri endpoint host id ids
        count counts length size policy policies ttl age lifetime expiry expires expiration version provider controller
        class store rotation rotated enabled disabled required optional limit limits max min rate usage used total
        budget budgets ratio per seconds second minute minutes sec ms status review reviews request requests fields
        created updated manager issuer audience header prefix suffix format bucket buckets left remaining error errors
        template resource resources selector in out window latency cost price source reset mode method plugin server
        service module stdin prompt"""
    )
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z_]+|[A-Z]+", re.UNICODE)


def is_secret_name(name: str) -> bool:
    """Whether a field, a flag, an environment variable or a header of this name holds a secret: ``DB_PASSWORD``."""
    name = name[-LONGEST_NAME:]
    if not _HINT.search(name):
        return False
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or (len(words) > 1 and words[-1] in _ABOUT):
        return False
    return _SECRET.search("_".join(words)) is not None


def is_count(name: str) -> bool:
    """Whether a number under this name counts tokens of a language model rather than being one."""
    return name.lower().endswith("tokens")
