"""Secrets that are known by their looks, whatever stands before them: tokens of well-known makers, JWTs, hashes."""

from __future__ import annotations

import re

from opsconsole.masking.names import listed

MASK = "[redacted]"

_PREFIXED = (
    r"(?<![\w-])eyJ[\w-]{8,}+\.[\w-]{8,}+(?:\.[\w-]*+)*+",
    r"A[KS]IA[0-9A-Z]{16}",
    r"gh[pousr]_\w{20,}+",
    r"github_pat_\w{20,}+",
    r"xox[abeoprs]-[\w-]{10,}+",
    r"xapp-\d-[\w-]{10,}+",
    r"hf_\w{20,}+",
    r"sk-[\w-]{16,}+",
    r"[sr]k_(?:live|test)_\w{10,}+",
    r"whsec_\w{16,}+",
    r"gl(?:pat|rt|dt|ptt|cbt|soat|ft|imt|agent|oas)-[\w-]{16,}+",
    r"gls[ac]_\w{20,}+",
    r"npm_\w{20,}+",
    r"pypi-AgE[\w-]{16,}+",
    r"AIza[\w-]{30,}+",
    r"ya29\.[\w.-]{10,}+",
    r"GOCSPX-[\w-]{10,}+",
    r"SG\.[\w-]{10,}+\.[\w-]{10,}+",
    r"do[opr]_v1_\w{20,}+",
    r"hv[sbr]\.[\w-]{20,}+",
    r"AGE-SECRET-KEY-1\w{16,}+",
    r"dckr_[op]at_[\w-]{20,}+",
    r"(?<!\w)dapi[0-9a-f]{32}",
    r"shp(?:at|ca|pa|ss)_\w{20,}+",
    r"lin_api_\w{20,}+",
    r"nvapi-[\w-]{20,}+",
    r"(?<!\w)r8_\w{20,}+",
    r"ATATT3xFf\w{16,}+",
    r"CCIPAT_\w{16,}+",
    r"sntry[su]_\w{16,}+",
    r"NRAK-\w{16,}+",
    r"(?<!\w)ph[cx]_\w{20,}+",
    r"tskey-[\w-]{16,}+",
    r"EAACEdEose0cBA\w{8,}+",
    r"base64url\.bearer\.authorization\.k8s\.io\.[\w-]{4,}+",
    r"(?<!\w)\w{3}8Q~[\w.~-]{30,}+",
)
_LOOKS = re.compile("|".join(_PREFIXED))
_BOOTSTRAP = re.compile(r"[a-z0-9]{6}\.(?=[a-z]*\d)[a-z0-9]{16}\Z")
_HASHES = frozenset({"1", "5", "6", "y", "2a", "2b", "2y", "apr1", "argon2i", "argon2id"})
_BOT = re.compile(r"(?:bot)?\d{8,10}\Z")

OPAQUE_HOSTS = frozenset({"hooks.slack.com", "discord.com", "discordapp.com", "api.telegram.org", "outlook.office.com"})
"""Hosts on which a path is a credential: whoever knows a web hook's address may use it."""

TRIGGERS = listed(
    """eyj akia asia ghp_ gho_ ghu_ ghs_ ghr_ github_pat xox xapp- hf_ sk- k_live k_test whsec glpat- glrt- gldt- glptt-
    glcbt- glsoat- glft- glimt- glagent- gloas- glsa_ glsc_ npm_ pypi- aiza ya29 gocspx sg. _v1_ hvs. hvb. hvr. dckr_
    dapi shpat_ shpca_ shppa_ shpss_ lin_api nvapi r8_ atatt ccipat sntry nrak phc_ phx_ tskey eaace 8q~ hooks. discord
    telegram outlook.office :aa $1$ $5$ $6$ $y$ $2a$ $2b$ $2y$ $apr1$ $argon2 base64url"""
)
"""What a line has to hold, in small letters, for anything here to be found in it."""


def by_looks(token: str) -> str:
    """One token of a line, without what looks like a secret."""
    if len(token) < 16:
        return token
    return MASK if _BOOTSTRAP.match(token) else _LOOKS.sub(MASK, token)


def is_hash(method: str) -> bool:
    """Whether ``$method$`` begins the hash of a password."""
    return method in _HASHES


def is_bot(number: str, token: str) -> bool:
    """Whether ``number:token`` is the token of a chat's bot."""
    return token.startswith("AA") and len(token) >= 30 and _BOT.match(number) is not None


def is_random(token: str) -> bool:
    """Whether a word is no word: eight characters or more, letters and digits in one."""
    return len(token) >= 8 and any(map(str.isdigit, token)) and any(map(str.isalpha, token))
