"""Settings that somebody is protected by, and the optimizer switches off: there may be no limit, and no way back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from opsconsole.governor.announced.line_kinds import only_told, targets_of
from opsconsole.governor.announced.told_settings import (
    TELLS_SETTINGS,
    SettingsTable,
    ToldSetting,
    Watched,
    sets,
    thinks,
)
from opsconsole.governor.interest import Interest
from opsconsole.governor.measures import HOUR
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, first_words, name_of, ordinary
from opsconsole.governor.rules.values.told_values import (
    at_least,
    far_less,
    is_off,
    is_on,
    none_left,
    number_of,
    runs_far_more_often,
    seconds_of,
    whole_share,
)
from opsconsole.patterns import late
from opsconsole.records import Decision, EntryReading, Kind, Severity

_NOTHING_RUNS = late(r"(?:/usr)?(?:/bin/)?(?:true|false|sleep|echo)|tail -f /dev/null|sleep \S+|exit \d")
_STOPS = late(
    r"\b(?:remov|delet|dropp|clear|stripp|unset)(?:e|es|ed|ing|s)?\b(?: [\w'-]{1,30}){0,3}? (?:annotations?|labels?):? "
    r"[\"'`]?(?P<stop>(?:[\w.-]{1,100}/)?(?:[\w.-]*-)?(?:paused?|freeze|frozen|hold|opt-out|do-not-[\w-]+|safe-to-evict|"
    r"ignore|exclude[d-]?))\b",
    re.IGNORECASE,
)
"""A mark by which somebody keeps programs off an object."""

_STOPS_BESIDE = late(
    r"\b(?:remov|delet|dropp|clear|stripp|unset)(?:ed|ing|s)? (?:[\w'-]{1,30} ){0,3}?(?P<sort>annotation|label)$",
    re.IGNORECASE,
)

_FOR_EVER = frozenset({"forever", "infinite", "infinity", "unlimited"})
_BY_MINUS_ONE = late(r"(?:log[._])?retention[._](?:ms|bytes)|retention(?:Ms|Bytes)")
"""Kafka's names, by which -1 is for ever; a backup tool keeps none by it, or has computed nonsense."""

_LEAST_COPIES = 2
_SLEEPERS = frozenset({"horizontal"})


def _turned_off(told: ToldSetting) -> bool:
    """Whether it is off, of a name that says little: ``rollback=false`` beside a deed tells that it was none."""
    return is_off(told) and (bool(told.before) or "." in told.key or "enable" in told.key.lower())


def _does_nothing(told: ToldSetting) -> bool:
    return _NOTHING_RUNS.fullmatch(told.after.strip("[]\"' ")) is not None


def _spot_alone(told: ToldSetting) -> bool:
    after = told.after.lower()
    return bool(told.before) and "spot" in after and "demand" not in after and "spot" not in told.before.lower()


def _window_gone(told: ToldSetting) -> bool:
    if "scaleup" in told.key.lower() or number_of(told.after) != 0:
        return False
    return "scaledown" in told.key.lower() or bool(number_of(told.before))


def _lives_minutes(told: ToldSetting) -> bool:
    seconds = seconds_of(told.after)
    return seconds is not None and 0 < seconds < HOUR


def _one_left(told: ToldSetting) -> bool:
    before, after = number_of(told.before), number_of(told.after)
    return before is not None and after is not None and before >= _LEAST_COPIES > after >= 0


def _any_result_passes(told: ToldSetting) -> bool:
    before, after = number_of(told.before), number_of(told.after)
    if after is None:
        return False
    if re.search(r"min$", told.key, re.IGNORECASE):
        return after <= 0 and (before is None or before > 0)
    return at_least(100, 10)(told)


def _is(*words: str) -> Callable[[ToldSetting], bool]:
    def test(told: ToldSetting) -> bool:
        return told.after.casefold() in words and told.before.casefold() not in words

    return test


def _was(before: str, *after: str) -> Callable[[ToldSetting], bool]:
    """A test for a setting that was one value, and is one of others."""

    def test(told: ToldSetting) -> bool:
        return told.before.casefold() == before and told.after.casefold() in after

    return test


def _kept_short(told: ToldSetting) -> bool:
    if _is_for_ever(told, told.after):
        return False
    if _is_for_ever(told, told.before):
        return (seconds_of(told.after) or 0.0) > 0
    return none_left(told) or far_less(10.0)(told)


def _is_for_ever(told: ToldSetting, value: str) -> bool:
    return value.casefold() in _FOR_EVER or (value == "-1" and _BY_MINUS_ONE.fullmatch(told.key) is not None)


def _asks_fewer(told: ToldSetting) -> bool:
    before, after = number_of(told.before), number_of(told.after)
    return before is not None and after is not None and 0 <= after < before


def _opened(told: ToldSetting) -> bool:
    return bool(told.before) and _open_to_all(told)


def _gone_at_once(told: ToldSetting) -> bool:
    return bool(told.before) and none_left(told)


def _once_is_enough(told: ToldSetting) -> bool:
    before, after = number_of(told.before), number_of(told.after)
    return before is not None and after is not None and before > 1 >= after


def _open_to_all(told: ToldSetting) -> bool:
    return any(each in told.after and each not in told.before for each in ("0.0.0.0/0", "::/0"))


def _never_fails(told: ToldSetting) -> bool:
    return bool(told.before) and at_least(1_000, 10)(told)


def _panics(told: ToldSetting) -> bool:
    return bool(number_of(told.after)) and number_of(told.before) == 0


_ONE_COPY = "no other copy is left"
_DAY = 24 * HOUR

_SAFETY = (
    Watched("progressdeadline", r"progress[_-]?deadline(?:[_-]?seconds)?", far_less(10.0), "no rollout can end in it"),
    Watched("cooldown", r"cool[_-]?down(?:[_-]?(?:seconds|period))?", far_less(10.0), "it swings with every measure"),
    Watched("ttl", r"(?:(?:backup|snapshot|schedule)s?[_-]?)?ttl", far_less(10.0, _DAY),
            "what was kept is thrown away"),
    Watched("cleanup.policy", r"cleanup[._-]policy", _was("compact", "delete"),
            "its newest values are thrown away too"),
    Watched("unclean", r"unclean[._-]leader[._-]election(?:[._-]enable)?", is_on, "what is confirmed may be lost"),
    Watched("autovacuum", r"autovacuum", is_off, "tables bloat until their numbers run out"),
    Watched("reserved", r"(?:system|kube)[_-]?reserved", is_off, "pods take what the node itself needs"),
    Watched("evictionhard", r"eviction[_-]?hard", is_off, "pods take what the node itself needs"),
    Watched("pidmax", r"(?:kernel\.)?pid[_-]?max", far_less(100.0), "nothing more can start there"),
    Watched("filemax", r"(?:fs\.)?file[_-]?max", far_less(100.0), "nothing more can be opened there"),
    Watched("paniconoom", r"(?:vm\.)?panic[_-]?on[_-]?oom", _panics, "one greedy pod takes the machine down"),
    Watched("powerlimit", r"power[ _-]?(?:limit|cap)", far_less(3.0), "what computes there crawls"),
    Watched("failover", r"fail-?over|outlier[ _-]?detection", is_off, "what fails in one place fails everywhere"),
    Watched("mode", r"(?:m?tls[._-]?)?mode", _was("strict", "disable", "disabled", "permissive", "off"),
            "anybody in the mesh may call it"),
    Watched("clusterip", r"type", _was("clusterip", "loadbalancer", "nodeport"), "it is open to whoever finds it"),
    Watched("sourceranges", r"(?:load[_-]?balancer)?[_-]?source[ _-]?ranges?", _open_to_all, "everybody may call it"),
    Watched("0.0.0.0/0", r"(?:source|src|cidr|from|ingress|allow(?:ed)?[_-]?(?:from|ips|cidrs?))", _opened,
            "everybody may call it"),
    Watched("cidr", r"cidr(?:[_-]?(?:blocks?|ip))?", _opened, "everybody may call it"),
    Watched("receiver", r"receiver", _is("null", "none", "blackhole", "devnull", "/dev/null"), "nobody is called"),
    Watched("maxunavailable", r"max[_-]?unavailable", whole_share, "all of its pods may be gone at the same time"),
    Watched("revisionhistorylimit", r"revision[_ -]?history[_ -]?limit", none_left, "there is no way back"),
    Watched("skip", r"skip[_-]?(?:analysis|checks?|tests?|validation|verification|gates?|canary|approvals?|pdbs?)",
            is_on, "nothing checks any more what goes out"),
    Watched("analysis", r"(?:analysis|canary[_ -]?analysis)(?:[._-]?enabled)?", _turned_off,
            "nothing checks any more what goes out"),
    Watched("threshold", r"(?:analysis|canary|failure)\.threshold|threshold[_-]?range\.(?:min|max)",
            _any_result_passes, "any result passes"),
    Watched("failurelimit", r"failure[_-]?limit", at_least(100, 10), "any result passes"),
    Watched("rollback", r"(?:auto(?:matic)?[_-]?rollback|rollback[_-]?on[_-]?(?:failure|error)|rollback)"
            r"(?:[._-]?enabled)?", _turned_off, "what fails stays"),
    Watched("nodes", r"budgets?(?:\[\d*\])?\.nodes|nodes", whole_share, "every node may go at the same time"),
    Watched("budgets", r"(?:disruption\.|disruption[_ -]?)?budgets", whole_share, "every node may go at the same time"),
    Watched("expireafter", r"expire[_-]?after", _lives_minutes, "every node is thrown away within the hour"),
    Watched("ttlsecondsuntilexpired", r"ttl[_-]?seconds[_-]?until[_-]?expired", _lives_minutes,
            "every node is thrown away within the hour"),
    Watched("capacitytype", r"(?:[\w.-]+/)?capacity[_-]?type", _spot_alone,
            "its nodes go at two minutes' notice, all of them at once"),
    Watched("stabilizationwindow", r"stabili[sz]ation[_ -]?window(?:[_-]?seconds)?", _window_gone,
            "it cuts at the first calm second"),
    Watched("fsync", r"fsync", is_off, "what is confirmed may be lost", Severity.CRITICAL),
    Watched("synchronouscommit", r"synchronous[_-]?commit", is_off, "what is confirmed may be lost", Severity.CRITICAL),
    Watched("fullpagewrites", r"full[_-]?page[_-]?writes", is_off, "its data may be torn", Severity.CRITICAL),
    Watched("appendonly", r"append[_-]?only", is_off, "what is confirmed may be lost", Severity.CRITICAL),
    Watched("innodb", r"innodb[_-]?(?:doublewrite|flush[_-]?log[_-]?at[_-]?trx[_-]?commit)", is_off,
            "what is confirmed may be lost", Severity.CRITICAL),
    Watched("syncbinlog", r"sync[_-]?binlog", is_off, "what is confirmed may be lost", Severity.CRITICAL),
    Watched("backup", r"(?:enable[_-]?)?(?:logical[_-]?)?backups?(?:[._-]?enabled)?", _turned_off, "there is no backup",
            Severity.CRITICAL),
    Watched("archiv", r"(?:wal[_-]?archiv(?:ing|e)|archive[_-]?mode)(?:[._-]?enabled)?", is_off,
            "no point in time can be restored", Severity.CRITICAL),
    Watched("pointintime", r"point[_-]?in[_-]?time[_-]?recovery(?:[._-]?enabled)?", _turned_off,
            "no point in time can be restored", Severity.CRITICAL),
    Watched("retention", r"(?:[\w.-]+[._-])?retention(?:[._-]?(?:days?|hours?|minutes|period|ms|count|bytes))?",
            _kept_short,
            "what was kept is thrown away"),
    Watched("reclaimpolicy", r"(?:persistent[_-]?volume[_-]?)?reclaim[_-]?policy", _is("delete"),
            "the data go with the claim"),
    Watched("numberofinstances", r"number[_-]?of[_-]?instances", _one_left, "no other copy is left to take over"),
    Watched("numberofreplicas", r"(?:index\.)?number[_-]?of[_-]?replicas", none_left, "no other copy is left"),
    Watched("allocation", r"allocation\.enable", _is("none", "primaries"), "no copy that is lost is made anew"),
    Watched("hard", r"hard\.(?:pods|(?:requests\.|limits\.)?(?:cpu|memory))", none_left, "nothing new starts there"),
    Watched("replication", r"replication[._-]?factor", _one_left, _ONE_COPY),
    Watched("insync", r"min[._-]?insync[._-]?replicas", _one_left, "no other copy is waited for"),
    Watched("approv", r"(?:require[sd]?[_-]?|needs?[_-]?)(?:human[_-]?|manual[_-]?)?approvals?|approval[_-]?required|"
            r"(?:human|manual)[_-]?approval", is_off, "nobody is asked any more"),
    Watched("approv", r"(?:required|min(?:imum)?)[_-]?(?:number[_-]?of[_-]?)?approv(?:als?|ers|ing[_-]?review\w*)"
            r"(?:[_-]?count)?", _asks_fewer, "fewer people are asked before it acts"),
    Watched("review", r"required[ _-]?(?:pull[ _-]?request[ _-]?)?review(?:s|ers)?", _asks_fewer,
            "fewer people are asked before it acts"),
    Watched("humanintheloop", r"human[_-]?in[_-]?the[_-]?loop", _turned_off, "nobody is asked any more"),
    Watched("guardrail", r"guard[_-]?rails?(?:[._-]?(?:enabled|mode|active))?", _turned_off,
            "nothing holds it back any more"),
    Watched("safe", r"safe(?:ty)?[_-]?(?:mode|checks?|limits?|clamps?|bounds?)(?:[._-]?enabled)?", _turned_off,
            "nothing holds it back any more"),
    Watched("protection", r"(?:deletion|termination)[_-]?protection(?:[._-]?enabled)?", is_off,
            "one call deletes it for good"),
    Watched("preventdestroy", r"prevent[_-]?destroy", is_off, "one call deletes it for good"),
    Watched("blastradius", r"(?:max[_-]?)?blast[_-]?radius(?:[_-]?percent)?", whole_share,
            "one run may hit everything"),
    Watched("max", r"max[_-]?(?:deletes?|deletions?|evictions?|changes?|actions?|drains?|restarts?)"
            r"(?:[_-]?per[_-]?\w+)?", at_least(1_000, 10), "one run may hit everything"),
    Watched("failurepolicy", r"failure[_-]?policy", _is("ignore"), "what the webhook guards is open while it is down"),
    Watched("validationfailureaction", r"validation[_-]?failure[_-]?action", _is("audit"),
            "the policy refuses nothing"),
    Watched("enforcementaction", r"enforcement[_-]?action", _is("dryrun", "warn"), "the policy refuses nothing"),
    Watched("podsecurity", r"pod-security\.kubernetes\.io/enforce", _is("privileged"), "any pod may have the node"),
    Watched("tls", r"insecure[_-]?skip[_-]?tls[_-]?verify|tls[_-]?insecure", is_on, "anybody may answer in its place"),
    Watched("verify", r"(?:tls|ssl)[_-]?verify|verify[_-]?(?:tls|ssl)", _turned_off, "anybody may answer in its place"),
    Watched("auth", r"auth(?:entication|orization)?[._-]?enabled|require[_-]?auth", is_off, "anybody gets in"),
    Watched("anonymous", r"anonymous[_-]?auth(?:[._-]?enabled)?", is_on, "anybody gets in"),
    Watched("privileged", r"privileged", is_on, "it gets the node itself"),
    Watched("privilegeescalation", r"allow[_-]?privilege[_-]?escalation", is_on, "its programs may become root"),
    Watched("runasuser", r"run[_-]?as[_-]?user", none_left, "it runs as root"),
    Watched("runasnonroot", r"run[_-]?as[_-]?non[_-]?root", is_off, "it may run as root"),
    Watched("skipverify", r"insecure[_-]?skip[_-]?verify", is_on, "anybody may answer in its place"),
    Watched("publishnotready", r"publish[_-]?not[_-]?ready[_-]?addresses", is_on,
            "pods that are not ready get traffic"),
    Watched("maximumlag", r"(?:maximum|max)[_-]?lag[_-]?on[_-]?failover", at_least(1_073_741_824, 10),
            "a copy that is far behind may take over"),
    Watched("synchronousmode", r"synchronous[_-]?mode(?:[_-]?strict)?", is_off, "what is confirmed may be lost"),
    Watched("concurrencypolicy", r"concurrency[_-]?policy", _was("forbid", "allow"), "two runs do the same work"),
    Watched("schedule", r"schedule", runs_far_more_often, "it runs many times as often, one run in the other"),
    Watched("command", r"command|entrypoint", _does_nothing, "nothing of it runs"),
    Watched("args", r"args", _does_nothing, "nothing of it runs"),
    Watched("audit", r"audit[ _-]?(?:log(?:ging|s)?(?:[._-]?(?:path|enabled))?|policy(?:[ ._-]?level)?)", is_off,
            "nobody sees who did what"),
    Watched("audit", r"audit[._-]?(?:sink|output|file|path|backend)",
            _is("/dev/null", "null", "none", "discard"), "nobody sees who did what"),
    Watched("versioning", r"(?:bucket[_-]?)?versioning(?:[._-]?(?:status|enabled))?",
            _was("enabled", "suspended", "disabled", "off"), "what is deleted there is gone for good"),
    Watched("guard", r"guards[._-](?:enabled|active)", _turned_off, "nothing holds it back any more"),
    Watched("minavailable", r"min[_-]?available", _gone_at_once, "all of its pods may go at the same time"),
    Watched("failurethreshold", r"failure[_-]?threshold", _never_fails, "a dead pod is never restarted"),
    Watched("maxclients", r"max[_-]?(?:clients|connections)", far_less(100.0), "nearly nobody can connect any more"),
    Watched("quota", r"nominal[_-]?quota", none_left, "nothing of that queue runs any more"),
    Watched("stoppolicy", r"stop[_-]?policy", _is("hold", "holdanddrain"), "nothing of that queue is admitted"),
)  # fmt: skip
"""What stands for the kind of protection is the key's own name; the value is the one by which it is none."""

_PAUSED_AT_ZERO = SettingsTable((
    Watched("pausedreplicas", r"(?:[\w.-]+/)?paused[_-]?replicas", none_left, "autoscaling is paused at no pod"),
))  # fmt: skip
_BACKED_UP = SettingsTable((
    Watched("keep", r"keep(?:[_-]?(?:last|hourly|daily|weekly|monthly))?|copies|generations", far_less(5.0),
            "what was kept is thrown away"),
    Watched("pause", r"paused?", is_on, "no backup is made any more", Severity.CRITICAL),
    Watched("suspend", r"suspend(?:ed)?", is_on, "no backup is made any more", Severity.CRITICAL),
))  # fmt: skip
_OF_BACKUPS = late(r"backup|velero|restic|pgbackrest|wal-g|barman", re.IGNORECASE)
_QUOTA = late(r"\b(?:resource ?)?quota (?:of|for|in) ", re.IGNORECASE)
_OF_A_QUOTA = SettingsTable((
    Watched("pods", r"pods", _kept_short, "nothing new starts there"),
    Watched("cpu", r"(?:(?:requests|limits)\.)?cpu", _kept_short, "nothing new starts there"),
    Watched("memory", r"(?:(?:requests|limits)\.)?memory", _gone_at_once, "nothing new starts there"),
))  # fmt: skip
_LOOKS = SettingsTable(_SAFETY)
_HOW_PODS_GO = SettingsTable((
    Watched("probe", r"(?:readiness|liveness|startup)[_-]?probe", is_off, "a dead pod gets traffic, a new one too"),
    Watched("terminationgrace", r"termination[_-]?grace[_-]?period(?:[_-]?seconds)?", _gone_at_once,
            "what a pod is at work on is cut off"),
    Watched("minready", r"min[_-]?ready(?:[_-]?seconds)?", _gone_at_once, "nothing waits for a new pod to serve"),
    Watched("strategy", r"(?:update|deployment)?[_-]?strategy(?:\.type)?", _was("rollingupdate", "recreate"),
            "all of its pods go at the same time"),
    Watched("failurethreshold", r"failure[_-]?threshold", _once_is_enough, "one slow answer kills a pod"),
))  # fmt: skip
"""Of what was read as fields another rule tells, not-its-business."""


@rule("safety-off", Severity.WARNING, Kind.DECISION, lines=(*TELLS_SETTINGS, Interest(words=("annotation", "label"))))
def safety_off(subject: Decision, view: View) -> Iterable[Verdict]:
    """It sets what protects somebody to where it protects nobody: no way back, all at once, no check, no copy, no yes.

    All pods or nodes may go at the same time (100 %, or a strategy `Recreate`), no probe and no time to end, no
    revisions, no analysis, no window, no backup (critical, as `fsync` off), no retention, or a tenth of it, spot nodes
    alone, no mutual TLS, a Service for everybody, no audit, an alert's receiver that is nobody, a node without memory
    of its own or with a hundredth of its processes and files, a third of a card's power, nodes that live under an hour,
    no approval, a privileged container, a command that does nothing, a queue without quota, a mark that keeps programs
    off, a ScaledObject paused at zero (unless its role is a downscaler's), a backup's schedule that is paused, a
    network opened to the world, fewer approvals, a quota of nothing or of a tenth. The Aura write-up wants a budget, an
    approval and a bound before what an optimizer does. Each number is where the setting ends to protect. Of a line that
    is not understood only what it tells the old value of counts, unless it begins with a change.
    """
    stop = _stop_taken(subject)
    if stop and all(_stop_taken(line) != stop for line in first_words(subject, view)):
        yield Verdict(
            f"takes {stop} from {name_of(subject.target)}: by it somebody keeps programs off",
            "Whoever set it wanted this left alone.",
            part="stop",
            switch=REVOKE,
        )
    if not sets(subject):
        return
    earlier = first_words(subject, view)
    found = _LOOKS.news_in(subject, earlier)
    read = " ".join(field.path for field in subject.fields).casefold()
    found += [each for each in _HOW_PODS_GO.news_in(subject, earlier) if _last_part(each[1].key) not in read]
    found += _by_what_it_is(subject, earlier)
    paused = _PAUSED_AT_ZERO.news_in(subject, earlier)
    if paused and not ordinary(subject, view, _SLEEPERS):
        found += paused
    for row, told in found:
        was = f"{told.before} → " if told.before else "to "
        yield Verdict(
            f"{told.key} of {name_of(subject.target)} {was}{told.after or 'nothing'}: {row.why}",
            "What protects is no setting of resources: it is noticed when it is needed, and gone.",
            part=row.sign,
            severity=row.severity,
            switch=REVOKE,
        )


def _last_part(key: str) -> str:
    return key.rpartition(".")[2].casefold()


def _by_what_it_is(subject: Decision, earlier: Sequence[Decision]) -> list[tuple[Watched, ToldSetting]]:
    """Settings whose names say little: what a schedule of backups is paused by, and a quota's own sums."""
    found, kinds = [], {each.kind for each in targets_of(subject)}
    if _OF_BACKUPS.search(subject.message) or any(_OF_BACKUPS.search(kind) for kind in kinds):
        found += _BACKED_UP.news_in(subject, earlier)
    if "ResourceQuota" in kinds or _QUOTA.search(subject.message):
        found += _OF_A_QUOTA.news_in(subject, earlier)
    return found


def _stop_taken(subject: Decision) -> str:
    """The mark by which somebody keeps programs off, where a line tells that it is taken; empty for anything else."""
    text = subject.message
    if (mark := _STOPS_BESIDE.search(text)) is not None:  # the words tell that one goes, a pair which
        text = f"{mark[0]} {subject.attributes.get(mark['sort'].lower(), '')}"
    match = _STOPS.search(text) if "annotation" in text or "label" in text else None
    if match is None or thinks(subject):
        return ""
    told = sets(subject) or subject.reading is EntryReading.UNCLEAR or mark is not None
    return match["stop"] if told and not only_told(subject) else ""
