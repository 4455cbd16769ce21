"""Requests that are let through: how many, to where, and by which measure of health."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE
from opsconsole.governor.rules.told_deeds import NOT_LIVE, ToldDeed, interests, told_in, verdicts
from opsconsole.patterns import late
from opsconsole.records import Decision, EntryReading, Kind, Severity

_ACTS = (
    r"\b(?:push|set|sett|appl|propagat|writ|reset|resett|clamp|send|roll|distribut|publish|lower|updat|chang)"
    r"(?:ed|ing|ied|ying|s)?\b"
)
_BOUND = (
    r"(?:(?:rate[ _-]?|request[ _-]?|connection[ _-]?)?limits?|requests[ _-]per[ _-](?:unit|second|minute)|rps|qps|"
    r"concurrency(?:[ _-](?:window|limit))?|max[ _-]?in[ _-]?flight|admission[ _-]?rate)"
)
_OF_REQUESTS = (
    r"(?:rate[ _-]?limits?|request[ _-]limits?|requests[ _-]per[ _-](?:unit|second|minute)|(?:rps|qps)[ _-]limits?|"
    r"concurrency[ _-](?:window|limit)|max[ _-]?in[ _-]?flight(?: requests)?|admission[ _-]?rate)"
)
_DOORS = (
    r"(?:gateways?|edges?|prox(?:y|ies)|ingress(?:es)?|(?:load ?)?balancers?|envoys?|front-?ends?|routes?|listeners?)"
)
_AT_DOORS = late(
    rf"\broute=[\"']?/|\b(?:on|to|of|for|at|across) (?:all |the |every |[\d,]{{1,9}} )*(?:/\w|{_DOORS}\b)",
    re.IGNORECASE,
)
"""Who lets requests in: a limit of anything else is no limit of them."""

_NO_BOUND = late(
    r"\b(?:unlimited|unbounded|no[ -]limits?|without (?:a )?limit|infinite|means|disables)\b", re.IGNORECASE
)
_SETS = (
    r"\b(?:push|set|appl|propagat|reset|clamp|lower|distribut|reduc|cut)(?:ed|ing|ied|ying|s|ting|es)? "
    r"(?:the |all |a )?"
)
_NONE = (
    r"(?: ?[=:] ?| to | )(?:(?:from )?\d[\d.]{0,9} ?(?:->|=>|→|to) ?)?0(?![\d.%\w/-])"
    r"(?! (?:errors?|failures?|warnings?|changed|=)\b)"
)
_NAN = r"[+-]?(?:nan|inf(?:inity)?)\b"


def _is_without(line: Decision) -> bool:
    """Whether nothing stands for no limit, or production isn't meant."""
    return _NO_BOUND.search(line.message) is not None or NOT_LIVE.search(line.message) is not None


def _is_at_doors(line: Decision, match: re.Match[str]) -> bool:
    return _AT_DOORS.search(match.string) is not None and not _is_without(line)


_REFUSED = (
    ToldDeed(
        ("imit", "equests_per", "equests per", "oncurrency", "rps", "qps", "flight"),
        late(
            rf"{_SETS}{_OF_REQUESTS}(?: (?:of|for|on) (?:all )?[\w./-]{{1,60}})?{_NONE}|"
            rf"\b(?:push|propagat)(?:ed|ing) (?:the )?limits?{_NONE}|"
            rf"\b(?:push|propagat)(?:ed|ing) (?:the )?limits? to (?:all |[\d,]{{1,9}} )*{_DOORS}\b[^\n]{{0,80}}?"
            rf"\b{_OF_REQUESTS}[\"']?[=:] ?0(?![\d.%\w/-])",
            re.IGNORECASE,
        ),
        "lets no request through",
        "Whatever it measures from now on is nothing: what nobody may ask shows no load.",
        Severity.CRITICAL,
        lambda line, match: not _is_at_doors(line, match),
    ),
    ToldDeed(
        ("imit", "oncurrency"),
        late(
            rf"{_SETS}{_OF_REQUESTS}(?: ?[=:] ?| )(?:from )?[1-9]\d{{1,9}} ?(?:->|=>|→|to) ?0(?![\d.%\w/-])"
            r"(?! (?:errors?|failures?|warnings?|changed)\b)",
            re.IGNORECASE,
        ),
        "takes a limit of requests to nothing",
        "Where nothing does not stand for no limit, nobody is let through.",
        unless=lambda line, match: _is_at_doors(line, match) or _is_without(line),
    ),
    ToldDeed(
        ("=nan", "=NaN", '"NaN"', '"nan"', ": NaN", " nan", " NaN", "=inf", "=-inf", "=+inf", "=Inf"),
        late(
            rf"\b(?:{_BOUND}|weights?|replicas|rate|target|setpoint|quota|timeout)[=: ]{{1,2}}{_NAN}[^\n]{{0,60}}?"
            r"\b(?:push|appl|propagat|send|sent|writ|publish)(?:ed|ing|ied|ying)?\b(?! (?:of )?metrics)|"
            rf"{_ACTS}[^\n]{{0,60}}?\b(?:{_BOUND}|weights?|replicas|setpoint)[=: ]{{1,2}}{_NAN}|"
            rf"{_ACTS} (?:the )?(?:{_BOUND}|weights?|replicas|setpoint);[^\n]{{0,120}}?; (?:to|new|value)={_NAN}",
            re.IGNORECASE,
        ),
        "sends out a value that is no number",
        "Whoever reads it makes of it what it likes, mostly nothing.",
        Severity.CRITICAL,
    ),
    ToldDeed(
        ("ealth", "EALTH"),
        late(
            r"\bevaluate[_-]?(?:target[_-]?)?health[\"']?(?:[=:] ?| to )[\"']?(?:false|off|0)\b|"
            r"\bhealth[- ]gates? (?:was |is |now )?(?:skipped|bypassed|disabled|ignored|(?:switched|turned) off)\b|"
            r"\b(?:skipp|bypass|disabl|ignor)(?:ed|ing) (?:the |all )?(?:regional |target )?health[- ]gates?\b",
            re.IGNORECASE,
        ),
        "sends traffic without a look at health",
        "What fails answers fastest: it gets the more of it.",
    ),
)

_SHIFTED = late(
    r"(?P<to>[\w./-]{2,60}) (?P<before>\d{1,3}(?:\.\d)?) ?%? ?(?:->|=>|→) ?(?P<after>\d{1,3}(?:\.\d)?)(?![\w.:])"
)
_OF_TRAFFIC = late(r"\b(?:shift(?:ed|ing)?|traffic|weights?|steer(?:ed|ing)?|fail(?:ed|ing)?-?over)\b", re.IGNORECASE)
_PLACE = late(
    r"(?:[a-z]{2,12}-)?(?:north|south|east|west|central|[a-z]{2}-)[a-z-]{0,20}\d?|[\w-]*(?:region|zone|site|dc|cell|"
    r"pop)[\w-]*",
    re.IGNORECASE,
)
_STEP, _LEAST = 30.0, 5.0
_SERVE = (
    r"(?:gateways|proxies|front-?ends|back-?ends|ingress(?:es| controllers)|(?:load ?)?balancers|"
    r"(?:web|api|name|dns) ?servers|routers|resolvers|brokers)"
)
"""What somebody asks: what works off a queue, or a learning rate, may come to nothing in a day's work."""

_NOTHING = late(
    rf"\bscal(?:ing|ed) (?:down )?(?:all )?(?:the )?(?:[\w/-]{{1,60}} (?:and )?){{0,2}}?{_SERVE} "
    r"(?:replicas )?(?:from )?(?P<before>[1-9]\d{0,5}) ?(?:->|=>|→|to) ?0(?![\d.%:\w])",
    re.IGNORECASE,
)
_NO_LOSS = late(
    r"\b(?:canary|old|previous|superseded|replica ?set|idle|unused|empty|spare|standby|mock|fake|"
    r"load[- ]tests?|preview|night|finished|done)\b",
    re.IGNORECASE,
)
_SOME = 4
_TO_NOTHING = (ToldDeed(("scaling ", "scaled ", "Scaling ", "Scaled "), _NOTHING, "", ""),)


@rule(
    "requests-refused",
    Severity.WARNING,
    Kind.DECISION,
    lines=(*interests(_REFUSED), *interests(_TO_NOTHING), *interests((ToldDeed(("->", "=>", "→"), _SHIFTED, "", ""),))),
)
def requests_refused(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It lets no request through, or sends most of them elsewhere at once: a limit of nothing, or a region emptied.

    By its own words: a limit of requests or a window of concurrency of zero at a route, a gateway or the like, a value
    that is no number and is sent out all the same (both critical), health that is no longer looked at, thirty points
    of the traffic of several places moved in one step, or all that one of them had, and gateways, frontends or others
    that answer, scaled to nothing in a line that names no object (critical). A canary that is taken back is none. The
    SmartScaler write-up: NaN went "into the load balancer's configuration file".
    """
    yield from verdicts(_REFUSED, subject)
    if shifted := _shifts(subject):
        yield Verdict(
            f"moves most of the traffic at once: {shifted}",
            "Wherever it goes has not shown that it can serve so many.",
            part="shift",
            switch=REVOKE,
        )
    if subject.reading is not EntryReading.ACTION:
        for _, match in told_in(_TO_NOTHING, subject):
            small = float(match["before"]) < _SOME or _NO_LOSS.search(subject.message) is not None
            if not small and NOT_LIVE.search(subject.message) is None:
                yield Verdict(
                    f"scales to nothing: {match[0][:100]}",
                    "What has no replica serves nobody, and shows no load.",
                    part="nothing",
                    severity=Severity.CRITICAL,
                    switch=REVOKE,
                )


def _shifts(subject: Decision) -> str:
    """Words for a step by which several places get or lose most of their traffic; empty for smaller ones."""
    text = subject.message
    if _OF_TRAFFIC.search(text) is None or next(told_in(_MOVES, subject), None) is None:
        return ""
    pairs = [match for match in _SHIFTED.finditer(text) if _PLACE.fullmatch(match["to"]) is not None]
    steps = [(float(match["before"]), float(match["after"])) for match in pairs]
    if len(steps) <= 1 or any(value > 100 for pair in steps for value in pair):
        return ""
    if NOT_LIVE.search(text) is not None or _spread(after for _, after in steps) < _spread(
        before for before, _ in steps
    ):
        return ""
    far = [
        match[0]
        for match, (before, after) in zip(pairs, steps, strict=True)
        if after - before >= _STEP or before >= _LEAST > after == 0
    ]
    return ", ".join(far)


def _spread(shares: Iterable[float]) -> float:
    """How far apart they are: what goes back to where it was before brings them together."""
    each = list(shares)
    return max(each) - min(each)


_MOVES = (ToldDeed(("->", "=>", "→"), _SHIFTED, "", ""),)
