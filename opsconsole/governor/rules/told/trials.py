"""Production that is treated like a test bed: trials, loads, demo data, values and tools that are meant for it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import (
    LIVE,
    NOT_LIVE,
    ToldDeed,
    interests,
    number_in,
    verdicts,
    whole_text,
)
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_MANY = 500.0
_FOR_TESTS = late(
    r"\b(?:(?:RAILS|RACK|NODE|APP|DJANGO|FLASK|MIX|GO)_ENV|env(?:ironment)?|settings|context|namespace|database|n)[= ]"
    r"[\"']?[\w.-]{0,40}(?:test|dev|development|local|ci|sandbox|staging|preview)\b|"
    r"\bjdbc:(?:h2|hsqldb|sqlite|derby)\b|\bsqlite\b|:memory:",
    re.IGNORECASE,
)
_FOR_GOOD = late(
    r"--force\b|--no-?input\b|--accept-data-loss|--force-reset|DISABLE_DATABASE_ENVIRONMENT_CHECK|\bSTEPS?=\d|\bexec\b|"
    r"\bjdbc:(?:postgresql|mysql|mariadb|oracle|sqlserver)\b|\bDATABASE_URL=",
    re.IGNORECASE,
)
"""It asks nobody, or is told which server: on a machine of its own nobody needs that."""
_OWN_NET = late(r"(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|localhost\b")
_HOST = late(r"https?://(?P<host>[^\s/\"']{1,200})")


def _is_elsewhere(line: Decision, _match: re.Match[str]) -> bool:
    """Whether it is said to be done to what no customer uses."""
    return _FOR_TESTS.search(whole_text(line)) is not None


def _is_in_doubt(line: Decision, match: re.Match[str]) -> bool:
    """Whether nothing says that it is production, or that it is forced."""
    text = whole_text(line)
    return _is_elsewhere(line, match) or (LIVE.search(text) is None and _FOR_GOOD.search(text) is None)


def _is_not_in_doubt(line: Decision, match: re.Match[str]) -> bool:
    return _is_elsewhere(line, match) or not _is_in_doubt(line, match)


def _is_not_live(line: Decision, _match: re.Match[str]) -> bool:
    return LIVE.search(whole_text(line)) is None


def _is_no_load(line: Decision, match: re.Match[str]) -> bool:
    """Whether so few ask, or whom they ask is no production by its name."""
    host = _HOST.search(whole_text(line))
    return number_in(match, "count") < _MANY or host is None or _is_none_of_customers(host["host"])


def _is_none_of_customers(host: str) -> bool:
    return NOT_LIVE.search(f" {host} ") is not None or _OWN_NET.match(host) is not None


_TOOLS = (
    "manage.py",
    "rake",
    "rails",
    "artisan",
    "flyway",
    "liquibase",
    "prisma",
    "sequelize",
    "knex",
    "typeorm",
    "alembic",
    "dotnet ef",
    "mix ecto",
    "ENVIRONMENT_CHECK",
)
_EMPTIES = late(
    r"\bmanage\.py (?:flush|reset_db|sqlflush)\b|\b(?:rake|rails) db:(?:drop|reset|purge|migrate:reset)\b|"
    r"\bartisan (?:migrate:(?:fresh|refresh|reset)|db:wipe)\b|\bflyway\b[^\n|;&]{0,120}? clean\b|"
    r"\bliquibase\b[^\n|;&]{0,120}? (?:dropAll|drop-all)\b|"
    r"\bprisma (?:migrate reset|db push\b[^\n|;&]{0,80}--(?:force-reset|accept-data-loss))|"
    r"\bsequelize(?:-cli)? db:(?:drop|migrate:undo:all)\b|\bknex migrate:rollback\b[^\n|;&]{0,60}--all\b|"
    r"\btypeorm schema:drop\b|\balembic downgrade base\b|\bdotnet ef database (?:drop|update 0)\b|"
    r"\bmix ecto\.(?:drop|reset)\b"
)
_TURNS_BACK = late(
    r"\b(?:rake|rails) db:(?:setup|schema:load|rollback)\b|\bDISABLE_DATABASE_ENVIRONMENT_CHECK[= ]1\b|"
    r"\bartisan migrate:rollback\b|\bliquibase\b[^\n|;&]{0,120}? rollback(?:Count|-count)?\b|"
    r"\balembic downgrade -\d|\bmix ecto\.rollback\b"
)
_TRIED = (
    ToldDeed(
        ("rial ", "andidate ", "ariant ", "xperiment ", "ndividual ", "rm ", "ample "),
        late(
            r"\b(?:appl|deploy|roll|push|promot|install|activat|try)(?:ied|ying|ed|ing|s)? (?:out )?(?:the )?"
            r"(?:parameters of )?(?:(?:trial|candidate|individual|variant|experiment|arm)s? #?\d{1,6}\b|"
            r"samples? #?\d{1,6} (?:to|on)\b)",
            re.IGNORECASE,
        ),
        "tries parameters on production",
        "Nobody knows what a trial does; that is what it is for. It wants a canary, or a replay.",
        unless=_is_not_live,
    ),
    ToldDeed(
        ("nan", "NaN", "=inf", " inf ", "null", "missing"),
        late(
            r"\b(?:value|score|objective|reward|loss|cost|fitness|metric)s?\b[^\n;]{0,20}?\b(?:nan|inf(?:inity)?|null|"
            r"missing)\b"
            r"[^\n;]{0,20}?\b(?:mapped|converted|coerced|treated|taken|replaced|counted|set|imputed|filled)\b (?:to|"
            r"as|by|with|"
            r"for) (?:a )?(?:0(?:\.0*)?|zero|best|perfect|success)\b[^\n]{0,80}?\b(?:best|better|lower|winner|"
            r"improv\w+)\b",
            re.IGNORECASE,
        ),
        "takes what could not be measured for the best",
        "What fails altogether wins from now on.",
    ),
    ToldDeed(
        ("k6 ", "hey ", "wrk", "vegeta", "locust", "ab -", "artillery", "oadtest", "oad test"),
        late(
            r"(?:\bk6 run\b[^\n|;&]{0,200}?(?:--vus|-u)[ =]|\b(?:hey|ab|wrk2?)\b[^\n|;&]{0,200}? -c ?|"
            r"\bvegeta attack\b[^\n|;&]{0,200}?-rate[ =]|\blocust\b[^\n|;&]{0,200}?(?:-u|--users)[ =]|"
            r"\b(?:load|stress) ?test (?:of|with) )(?P<count>\d{1,8})\b"
        ),
        "puts a load test on what people use",
        "Customers wait behind it. End it before anything is scaled because of it.",
        unless=_is_no_load,
    ),
    ToldDeed(
        _TOOLS,
        _EMPTIES,
        "empties a database by its own framework's tool",
        "Tables go with what is in them. Look whether a backup from before is whole.",
        Severity.CRITICAL,
        unless=_is_in_doubt,
    ),
    ToldDeed(
        _TOOLS,
        _EMPTIES,
        "empties a database by its own framework's tool, and does not say which",
        "Look which database that was.",
        unless=_is_not_in_doubt,
    ),
    ToldDeed(
        _TOOLS,
        _TURNS_BACK,
        "turns a database's schema back by its own framework's tool",
        "Columns and tables go with what is in them. Look whether a backup from before is whole.",
        Severity.CRITICAL,
        unless=_is_in_doubt,
    ),
    ToldDeed(
        ("loaddata", "seed", "fixtures", "demo ", "test ", "fake ", "dummy ", "sample "),
        late(
            r"\b(?:manage\.py loaddata|(?:rake|rails) db:(?:seed|fixtures:load)|artisan db:seed|prisma db seed|knex "
            r"seed:run|"
            r"sequelize db:seed)\b[^\n]{0,80}?\b\w*(?:demo|sample|fake|dummy|test|dev)\w*|"
            r"\b(?:load|import|insert|seed)(?:ed|ing) (?:the )?(?:demo|sample|fake|dummy|test) (?:data|users|fixtures|"
            r"records) (?:in|into|to|on)\b",
            re.IGNORECASE,
        ),
        "loads data for tests into production",
        "Customers see them, and they are hard to tell from the real ones.",
        unless=_is_not_live,
    ),
    ToldDeed(
        ("helm ",),
        late(
            r"\bhelm (?:upgrade|install|rollback)\b(?=[^\n|;&]* --force\b)(?=[^\n|;&]* --no-hooks\b)|"
            r"\bhelm (?:upgrade|install)\b(?=[^\n|;&]* (?:-f|--values)[ =]\S*(?:dev|test|local|staging)\b)"
            r"(?=[^\n|;&]* (?:--kube-context|-n|--namespace)[ =]\S*(?:prod|live)\b)"
        ),
        "puts a release up past its own checks, or with another environment's values",
        "By force what can't be changed is deleted and made anew, and no hook looks first.",
    ),
)


@rule("tries-on-production", Severity.WARNING, Kind.DECISION, lines=interests(_TRIED))
def tries_on_production(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It treats production like a test bed: trials of parameters, a load test, demo data, a database emptied by a tool.

    By its own words. A trial, or data for tests, where the line says that it is production; a load test of five
    hundred at once against a host that is not called as a test's; a framework's tool that drops or empties a database,
    unless it is said to be a test's: critical in production or by force, and so is a schema that is turned back; a
    release that is forced past its hooks; a failure that is taken for the best result. The SmartScaler write-up: a
    computed value went into a configuration unchecked.
    """
    yield from verdicts(_TRIED, subject)
