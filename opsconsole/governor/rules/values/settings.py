"""Settings other than resources that no program can live with: retries, timeouts, rates, targets, shares of a card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from opsconsole.governor.announced.line_kinds import only_told, refusal
from opsconsole.governor.announced.told_settings import (
    TELLS_SETTINGS,
    SettingsTable,
    ToldSetting,
    Watched,
    sets,
    thinks,
)
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import YEAR
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, first_words, name_of
from opsconsole.governor.rules.values.told_values import at_least, far_less, number_of, seconds_of
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_TOO_SHORT = 0.01
_LEAST_TARGET, _MOST_TARGET = 10.0, 500.0
_MOST_SLICES = 32
_KILOBYTES = late(r"(?P<number>\d{1,9}) ?k[bB]?")
_GIGABYTES = late(r"(?P<number>\d{1,6}) ?GB")
_LEAP = 8.0
_LEAST_KILOBYTES, _LEAST_CONNECTIONS = 16_384.0, 10.0
_A_FIFTH, _MANY = 5.0, 50.0
_LARGE_MEMORY, _LARGE_CPU = 256.0, 96.0
_IN_GIB = {"Gi": 1.0, "Ti": 1_024.0, "G": 0.93, "T": 931.0}
_MEMORY = late(r"(?<![\w.])(\d{1,9}(?:\.\d+)?)(Gi|Ti|G|T)\b")
_CORES = late(r"\bcpu[\"']?[=:] ?[\"']?(\d{1,9}(?:\.\d+)?)(?![\w.])")
_ALL = 100.0


def _tiny(told: ToldSetting) -> bool:
    """Whether a database has next to no memory for its work by it (under 16 MB, in kB), or many times what it had."""
    match = _KILOBYTES.fullmatch(told.after)
    before, after = (_GIGABYTES.fullmatch(text) for text in (told.before, told.after))
    leaps = before is not None and after is not None and float(after["number"]) >= float(before["number"]) * _LEAP
    return leaps or (match is not None and float(match["number"]) < _LEAST_KILOBYTES)


def _few(told: ToldSetting) -> bool:
    number = number_of(told.after)
    return number is not None and (0 <= number < _LEAST_CONNECTIONS or far_less(_A_FIFTH, _MANY)(told))


def _all_ejected(told: ToldSetting) -> bool:
    before, after = number_of(told.before), number_of(told.after)
    return after is not None and after >= _ALL and (before is None or before < _ALL)


def _never_panics(told: ToldSetting) -> bool:
    return bool(number_of(told.before)) and number_of(told.after) == 0


def _lasts(seconds: float) -> Callable[[ToldSetting], bool]:
    def test(told: ToldSetting) -> bool:
        after = seconds_of(told.after)
        return after is not None and after >= seconds

    return test


def _too_short(told: ToldSetting) -> bool:
    seconds = seconds_of(told.after)
    return seconds is not None and (seconds < 0 or (0 < seconds < _TOO_SHORT and told.after[-1:].isalpha()))


def _floor_of_a_node(told: ToldSetting) -> bool:
    """Whether the least that a VPA may give is what large nodes have in all: ``memory=480Gi,cpu=512``."""
    memory = [float(number) * _IN_GIB[unit] for number, unit in _MEMORY.findall(told.after)]
    cpu = [float(number) for number in _CORES.findall(told.after)]
    if told.key.endswith("cpu") and (number := number_of(told.after)) is not None:
        cpu.append(number)
    return max(memory, default=0.0) >= _LARGE_MEMORY or max(cpu, default=0.0) >= _LARGE_CPU


def _no_target(told: ToldSetting) -> bool:
    number, key = number_of(told.after), told.key.lower()
    if number is None or not (told.before or "target" in key or "average" in key):
        return False  # as it is, and not as it is to be
    return number < _LEAST_TARGET or number >= _MOST_TARGET


def _no_share(told: ToldSetting) -> bool:
    number = number_of(told.after)
    return number is not None and bool(told.before) and not 0 <= number <= _ALL


_ABSURD = (
    Watched("attempts", r"(?:[\w-]+[._-])?attempts", at_least(50, 5), "each failure is made so many times as bad"),
    Watched("retries", r"(?:max[_-]?|num[_-]?)?retries", at_least(50, 5), "each failure is made so many times as bad"),
    Watched("backofflimit", r"backoff[_-]?limit", at_least(100, 5), "it fails on without end"),
    Watched("parallelism", r"parallelism", at_least(1_000, 10), "no cluster starts so many at once"),
    Watched("completions", r"completions", at_least(10_000, 10), "no cluster starts so many"),
    Watched("timeout", r"(?:\w{1,30}[_-]?)?timeout(?:[_-]?(?:ms|seconds))?", _too_short,
            "nothing answers in that time"),
    Watched("sharedbuffers", r"shared[_-]?buffers", _tiny, "every read goes to the disk"),
    Watched("bufferpool", r"(?:innodb[_-]?)?buffer[_-]?pool[_-]?size", _tiny, "every read goes to the disk"),
    Watched("maxconn", r"max[_-]?conn(?:ections)?", _few, "nobody gets a connection"),
    Watched("maxrequests", r"(?:http[12]?[_-]?)?max[_-]?requests", _few, "what comes is turned away"),
    Watched("pendingrequests", r"(?:http[12]?[_-]?)?max[_-]?pending[_-]?requests", _few, "what comes is turned away"),
    Watched("poolsize", r"(?:\w{1,30}[_-])?(?:max[_-]?)?pool[_-]?size", far_less(_A_FIFTH, _MANY),
            "nobody gets a connection"),
    Watched("ejection", r"max[_-]?ejection[_-]?percent(?:age)?", _all_ejected, "every endpoint may be taken out"),
    Watched("panicthreshold", r"(?:healthy[_-]?)?panic[_-]?threshold", _never_panics,
            "every endpoint may be taken out"),
    Watched("qps", r"(?:kube[_-]?api[_-]?|client[_-]?)?qps", at_least(1_000, 10), "that is a flood for the API server"),
    Watched("burst", r"(?:kube[_-]?api[_-]?|client[_-]?)?burst", at_least(1_000, 10),
            "that is a flood for the API server"),
    Watched("minallowed", r"min[_-]?allowed(?:\.(?:memory|cpu))?", _floor_of_a_node,
            "hardly any node has that to give"),
    Watched("expirationseconds", r"expiration[_-]?seconds", _lasts(YEAR), "who gets hold of it has it for years"),
    Watched("token", r"token[_-]?(?:ttl|lifetime|expiry|duration)", _lasts(YEAR),
            "who gets hold of it has it for years"),
    Watched("utilization", r"(?:target[_-]?)?(?:cpu|memory|average)?[_-]?utili[sz]ation(?:[_-]?percent(?:age)?)?",
            _no_target, "any load is too much for it, or none"),
    Watched("percent", r"(?:\w{1,30}[_-]?)percent(?:age)?", _no_share, "no such share"),
)  # fmt: skip
_LOOKS = SettingsTable(_ABSURD)
_SIZE = r"(?P<{0}>\d{{1,9}}(?:\.\d{{1,3}})?) ?(?P<{0}_unit>[MGT])i?B?\b"
_OLD = r"\d{1,9}(?:\.\d{1,3})? ?[kMGT]?i?B?"
_HELD = late(
    r"(?<!disk )(?<!disk_)\b(?P<key>shared_buffers|(?:innodb_)?buffer_pool(?:_size)?|maxmemory|heap(?:[ _-]?size)?|"
    r"cache[ _-]?size|Xmx)\b(?: \w{2,10}:)?[^\w,;()]{0,4}"
    rf"(?:from {_OLD} to |{_OLD} ?(?:->|=>|→|to) ?|to )?[\"']?"
    + _SIZE.format("held")
    + r"(?! ?(?:->|=>|→|to\b|\(old))",
    re.IGNORECASE,
)
_HAS = late(
    r"\b(?:(?:host|node|machine|instance|server|total|physical|installed)(?:'s)?[ _-](?:has |with )?(?:RAM|memory|mem)|"
    r"(?:host|node|machine|server) (?:has|with))[ :=]{0,2}"
    + _SIZE.format("has")
    + r"(?! (?:of )?(?:free|available|used|left|unused|headroom|requested|swap|disk|per)\b)",
    re.IGNORECASE,
)
_TIMES = {"M": 1, "G": 1_024, "T": 1_048_576}
_SLICES = late(r"[tT]ime-?[sS]licing.{0,400}?\breplicas\\?\"?: ?(?P<number>\d{1,6})", re.DOTALL)
_SLICED = "licing"


@rule(
    "setting-absurd",
    Severity.WARNING,
    Kind.DECISION,
    lines=(*TELLS_SETTINGS, Interest(words=("shared_buffers", "buffer_pool", "maxmemory"))),
)
def setting_absurd(subject: Decision, view: View) -> Iterable[Verdict]:
    """A setting that nothing can live with: fifty retries, a timeout under 10 ms, a thousand calls a second.

    Likewise a target of under 10 %, a VPA's floor of 256 GiB or 96 cores, a database with under 16 MB, eight times what
    it had, more than its machine has by the same line (critical), or ten connections, or a fifth of what they were, as
    for requests that a proxy lets wait, all of its endpoints taken out, a token for a year or more, a share below
    nothing or above all, a GPU that more than 32 pods share. Counts of retries and calls only where they are five or
    ten times what they were, as far as that is told; of a line that is not understood only what it tells the old value
    of. The SmartScaler write-up: a computed value went into a configuration unchecked.
    """
    earlier = first_words(subject, view)
    if not only_told(subject) and refusal(subject) is None and not thinks(subject):
        yield from _more_than_there_is(subject)
    if not sets(subject):
        return
    for row, told in _LOOKS.news_in(subject, earlier):
        if _is_a_bound(told, subject):
            continue  # that is bounds-absurd's
        was = f"{told.before} → " if told.before else "to "
        yield Verdict(
            f"{told.key} of {name_of(subject.target)} {was}{told.after}: {row.why}",
            "Whatever computed it did not check its own output.",
            part=row.sign,
            severity=row.severity,
            switch=REVOKE,
        )
    shared = _slices(subject)
    if shared > _MOST_SLICES and all(_slices(line) != shared for line in earlier):
        yield Verdict(
            f"one GPU is shared by {shared} pods: {name_of(subject.target)}",
            "Time slicing keeps their memory apart by nothing: one of them takes it all.",
            part="slices",
            switch=REVOKE,
        )


def _is_a_bound(told: ToldSetting, subject: Decision) -> bool:
    """Whether it is the target of an autoscaler, as the line's own fields have it, and too low a one."""
    if not told.key.endswith("averageUtilization") or (number_of(told.after) or 0.0) >= _LEAST_TARGET:
        return False
    return any(field.path == told.key for field in subject.fields)


def _more_than_there_is(subject: Decision) -> Iterable[Verdict]:
    if held := _over_the_machine(subject.message):
        yield Verdict(
            f"{held} on {name_of(subject.target)}: that is more than the machine has",
            "By its own line. It does not start, or the kernel kills it.",
            part="machine",
            severity=Severity.CRITICAL,
            switch=REVOKE,
        )


def _over_the_machine(text: str) -> str:
    """What is to be held in memory, where the same line says that the machine has less; empty for anything else."""
    held = _HELD.search(text)
    has = _HAS.search(text) if held is not None else None
    if held is None or has is None:
        return ""
    wants, there = (
        float(match[name]) * _TIMES[match[f"{name}_unit"].upper()] for match, name in ((held, "held"), (has, "has"))
    )
    return f"{held['key']} of {held['held']} {held['held_unit']}B" if wants > there else ""


def _slices(subject: Decision) -> int:
    """How many pods share a GPU by it; nought where it tells of no such thing, as almost no line does."""
    texts = (subject.message, subject.body)
    match = _SLICES.search(" ".join(texts)) if any(_SLICED in text for text in texts) else None
    return int(match["number"]) if match is not None else 0
