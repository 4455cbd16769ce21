"""Kinds and names as they stand in a sentence: ``stateful set``, ``Elastic Job Set``, ``shop/web-1``."""

from __future__ import annotations

import re

from opsconsole.decisions.key_memory import KeyMemory
from opsconsole.decisions.meaning.prose.basics import charts
from opsconsole.decisions.meaning.prose.basics.grammar import BESIDE, FIELD_WORDS, FILL, NOT_NAMES, STOPS, SpokenToken
from opsconsole.decisions.meaning.prose.basics.groups import GROUP, group_at, is_deleted_pool
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late

ADVICE = wordset("recommendation recommendations suggestion suggestions proposal mutation")
"""What may be applied to an object: ``applied recommendation rec-1 to web-1``."""

_VALUE = late(r"[+-]?\d|nan|inf|[+-]$|v\d|[\w./-]+:[\w.-]")


def is_applied(tokens: list[SpokenToken], at: int) -> bool:
    """Is the word at a place one for what is applied to an object: ``could not apply trial 16 to web-1``?"""
    low = tokens[at].low
    return low in ADVICE or (low in _TRIED and any(each.low.startswith("appl") for each in tokens[max(0, at - 3) : at]))


_TRIED = ("trial", "candidate", "configuration", "config", "settings", "preset", "tuning")


def kind_at(tokens: list[SpokenToken], at: int) -> tuple[str | None, int]:
    """The kind at a place and how many tokens it takes; empty for ``workload`` and the like, ``None`` for no kind."""
    token = tokens[at]
    if token.quoted or not token.low[:1].isalpha():
        return None, 0
    word = token.low.replace("(s)", "")
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if "/" in word or "." in word:
        kind = _qualified(token.text, quoted=following is not None and following.quoted)
        return (kind or None), int(bool(kind))
    if following is not None:
        kind, length = _in_words(tokens, at, word, following)
        if length:
            return kind, length
    if word in GROUP:
        return group_at(tokens, at)
    kind = kinds.of_word(word) if word not in _OF_MODELS else ""
    preempted = at > 0 and tokens[at - 1].low in ("preempt", "preempting", "preempted")
    volcano = following is not None and following.text == "<"
    placed = following is not None and "/" in following.text
    kind = "Pod" if word == "task" and (volcano or (preempted and placed)) else kind  # as schedulers call one
    kind = "NodePool" if word == "pool" and _is_pool(tokens, at) else kind
    own = word in _EVERYDAY and following is not None and _PLACED.fullmatch(following.text) is not None
    own = own or is_named_as_a_kind(tokens, at)
    kind = word.title() if own and word.title() in kinds.PLAIN else kind
    if (
        kind
        or own
        or (word in ("instances", "vms") and _are_of_type(tokens, at + 1))
        or _is_generic(word, following.low if following is not None else "")
        or (word in _ITSELF and _is_itself(tokens, at))
        or (word == "chart" and charts.is_of_helm(tokens, at))
        or (word == "pool" and is_deleted_pool(tokens, at))
    ):
        return kind, 1
    return (_singular(tokens, at), 1) if _is_custom_kind(tokens, at) else (None, 0)


_EVERYDAY = wordset("workflow pipeline cluster sandbox notebook workspace environment broker fleet")
"""Words for objects of programs' own kinds, where a namespace and a name follow: ``workflow 'etl/daily-7'``."""
_PLACED = late(r"[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252}")
_TYPED = late(r"(?:[a-z][\w.]{0,100}/)?v\d\w{0,8}\.(?P<kind>[A-Z]\w{2,60})")


def is_named_as_a_kind(tokens: list[SpokenToken], at: int) -> bool:
    """``deleted Schedule velero/daily``: is a word that could be a verb an object's kind there, as it is spelt?"""
    token = tokens[at]
    if token.quoted or token.text not in kinds.PLAIN or not 0 < at < len(tokens) - 1:
        return False
    done = verbs.WORDS.get(tokens[at - 1].low)
    return done is not None and done.stem != tokens[at - 1].low and _PLACED.fullmatch(tokens[at + 1].text) is not None


def _qualified(text: str, *, quoted: bool) -> str:
    """The kind in ``apps/v1.Deployment``, and in ``deployments.apps "web"``, as the API server names an object."""
    if (typed := _TYPED.fullmatch(text)) is not None:
        return kinds.of_word(typed["kind"])
    return kinds.of_word(text) if quoted and "/" not in text else ""


def _in_words(tokens: list[SpokenToken], at: int, word: str, following: SpokenToken) -> tuple[str, int]:
    """A kind of two or more words, and how many they are; 0 where it is none."""
    if word in kinds.LONG and at + 2 < len(tokens):
        three = "".join(each.low for each in tokens[at : at + 3] if not each.quoted)
        if kind := kinds.of_word(three):
            return kind, 3
    if tokens[at].text[0].isupper() and (length := _capitals(tokens, at)):
        return "".join(each.text for each in tokens[at : at + length]), length
    apart = following.quoted or not following.low[0].isalpha()  # "updating the deployment. Resetting": no name
    joined = "" if apart else kinds.of_word(word + following.low)
    if kind := joined or (kinds.of_word(following.low) if word in _ROLES and not following.quoted else ""):
        return kind, 2
    of_helm = word == "helm" and following.low == "chart" and charts.is_handled(tokens, at)
    if of_helm or (word == "target" and following.low == "group"):
        return "", 2
    if word in ("node", "instance", "scaling") and following.low in ("group", "groups"):
        return "NodeGroup", 2
    return "", 0


_ROLES = ("victim", "victims")
"""Words that mean a pod where no kind follows: ``killing victim pod``."""


def _is_generic(word: str, following: str) -> bool:
    """Is the word one for an object whose kind is not said?"""
    if word == "resource" and following in ADVICE:
        return False
    if word in kinds.GENERIC or word.removesuffix("s") in kinds.GENERIC or word in _CLAIMED:
        return True
    following_name = (word in _PROGRAMS and (following == "=" or _DASHED.fullmatch(following) is not None)) or (
        word == "release" and following[:1].isalpha() and following not in _OF_RELEASES
    )
    several = word in ("instances", "vms") and following != "of"  # "30 instances of web" counts what web runs as
    return (word in ("instance", "vm") or several or following_name) and not kinds.of_word(following)


_CLAIMED = ("claim", "claims")
"""A volume's or a node's, as what follows or stands beside it tells."""

_ITSELF = ("release", "cluster")
"""What a program calls the object that its attributes name, where no name follows: ``Upgraded release``."""


def _is_itself(tokens: list[SpokenToken], at: int) -> bool:
    """Does no name follow, and is it no place: ``3 pods in the cluster``?"""
    before = at - 1 - (at > 1 and tokens[at - 1].low == "the")
    if before >= 0 and tokens[before].low in _PLACING:
        return False
    following = tokens[at + 1].low if at + 1 < len(tokens) else ""
    return not following or following in STOPS or not following[0].isalnum()


_PLACING = wordset("in of from to on into onto within per across for by with")
_PROGRAMS = ("function", "component", "microservice", "app")
_DASHED = late(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def _are_of_type(tokens: list[SpokenToken], at: int) -> bool:
    """``3 instances of type m6a.large``."""
    return at + 1 < len(tokens) and tokens[at].low == "of" and tokens[at + 1].low in ("type", "size", "class", "flavor")


_OF_RELEASES = wordset(
    "notes version versions channel train candidate branch tag name names pipeline lock number date of"
)
"""Words behind "release" that make it no release of Helm's."""


def _capitals(tokens: list[SpokenToken], at: int) -> int:
    """How many words a kind that no table knows has, written apart before a name: ``Elastic Job Set a-1``; else 0."""
    if at + 2 >= len(tokens) or not tokens[at + 1].text[0].isupper():
        return 0
    end = at
    while end < len(tokens) and end - at < 4 and _CAPITAL.fullmatch(tokens[end].text) and not tokens[end].quoted:
        end += 1
    words = [each.low for each in tokens[at:end]]
    if words and is_participle(words[0]):
        return 0  # "Skipped Deployment shop/web"
    if end - at < 2 or end >= len(tokens) or not is_reference(tokens[end]) or words[0] in verbs.WORDS:
        return 0
    known = kinds.of_word(words[-1]) or kinds.of_word("".join(words[-2:])) or words[-1] in kinds.LAST
    return end - at if known and not kinds.of_word("".join(words)) else 0


def _is_pool(tokens: list[SpokenToken], at: int) -> bool:
    """Is a "pool" one of nodes, with its name behind it, and no connection pool?"""
    alone = at == 0 or tokens[at - 1].low in _BEFORE_POOLS
    return alone and at + 1 < len(tokens) and is_name(tokens, at + 1)


_BEFORE_POOLS = (":", "of", "for", "in", "from", "the", "-")
_OF_MODELS = ("checkpoint", "checkpoints")
"""Words that mean a model's things in a sentence, far more often than a kind's."""

_CAPITAL = late(r"[A-Z][a-z]+")
_NO_KINDS = ("Controller", "Operator", "Manager", "Handler", "Reconciler", "Exception", "Error", "Event")


def _singular(tokens: list[SpokenToken], at: int) -> str:
    text = tokens[at].text
    return text if at + 1 < len(tokens) and is_reference(tokens[at + 1]) else text.removesuffix("s")


def _is_custom_kind(tokens: list[SpokenToken], at: int) -> bool:
    """``GameServerSet fleet-1-wzs67``: a kind that no table knows, by its spelling and the name behind it."""
    text = tokens[at].text
    if at and text[0].isupper() and text.endswith("s") and kinds.CUSTOM.fullmatch(text):
        return tokens[at - 1].low.isdecimal() or (at > 1 and tokens[at - 2].low.isdecimal())  # "14 PipelineRuns"
    if not text[0].isupper() or at + 1 >= len(tokens) or not kinds.CUSTOM.fullmatch(text) or text.endswith(_NO_KINDS):
        return False
    return is_reference(tokens[at + 1]) or (_OF_COPIES.search(text) is not None and _is_scaled(tokens, at))


def _is_scaled(tokens: list[SpokenToken], at: int) -> bool:
    """``Scaling KafkaNodePool brokers to 3``: programs have classes of that spelling too, but scale none to a size."""
    scaled = any(token.low.startswith("scal") for token in tokens[max(0, at - 2) : at])
    behind = tokens[at + 2 : at + 4]
    sized = len(behind) == 2 and behind[0].low in ("to", "from") and behind[1].low.isdecimal()
    return scaled and sized and is_name(tokens, at + 1)


_OF_COPIES = late(r"(?:NodePool|(?<!Hash)(?<!Tree)(?<!Result)(?<!Data)(?<!Rule)(?<!Tool)(?<!Attribute)Set)$")
"""How a kind that no table knows ends whose objects have copies, so that a plain word behind it is a name."""


def is_name(tokens: list[SpokenToken], at: int) -> bool:
    """Is the word at a place, behind a kind, a name?"""
    token = tokens[at]
    low = token.low
    last = at + 1 >= len(tokens) or tokens[at + 1].text == ":"
    if (
        low in STOPS
        or low in BESIDE
        or (not last and tokens[at + 1].text == "=" and tokens[at + 1].start == token.end and low.isalpha())
        or (low in FILL and not last)
        or low in verbs.WORDS
        or not low[0].isalnum()
        or ("%" in low and not low.endswith("-%"))
        or ("://" in low and not references.is_provider_id(low))
        or is_participle(low)
        or (low.endswith("ing") and tokens[at - 1].low in _PLURALS)
        or (low in WHICH_DOES and not last and tokens[at + 1].low.isalpha() and tokens[at + 1].low not in STOPS)
        or ("_" in low and verbs.of_name(low))  # "using tool: scale_deployment"
        or (not last and tokens[at + 1].text == "(" and kinds.CUSTOM.fullmatch(token.text))  # "TaskKey(id='a')"
    ):
        return False
    if (
        low in ("group", "groups")
        or (low.startswith(_SIDED) and FIELD_WORDS.issuperset(low.split(".")))
        or low in FIELD_WORDS
        or re.fullmatch(r"\d+(?:\.\d+)?(?:ms|s|m|h|%)?", low)
    ):
        return False
    paired = at > 1 and tokens[at - 1].text == "=" and tokens[at - 1].end == token.start  # "of deployment=web ns=shop"
    if paired or any(char in low for char in "-/.") or any(char.isdigit() for char in low):
        return True
    following = [each.low for each in tokens[at + 1 : at + 3]] + ["", ""]
    if following[0] in ("to", "from", "up", "down", "back"):
        whence = following[0] == "from" and any(each.low == "cluster" for each in tokens[at + 2 : at + 5])
        later = (
            whence
            or following == ["to", "", ""]
            or (following[0] not in ("to", "from") and following[1] in ("to", "from"))
        )
        return later or following[1] in _WHERE_TO or bool(_VALUE.match(following[1]))
    if following[0] == "in":
        return following[1] in _WHERE or _is_placed(tokens, at + 2)
    valued = following[0].isdecimal() and following[1] in _COPIES  # "gave deployment web 5 replicas"
    valued = valued or (following[0] in _MORE and following[1] in FIELD_WORDS | {"pods", "replicas"})
    valued = valued or (following[0] in ("goes", "went") and following[1] == "from")
    goes_on = valued or (following[0] in _THEN and tokens[at - 1].low not in ("pod", "pods", "node", "nodes"))
    ends = not following[0] or not following[0][0].isalnum() or following[0] in _GOES_ON
    ends = ends or (_HOW_IT_IS_DONE.fullmatch(following[0]) is not None and tokens[at - 1].low in _SIZED)
    ends = ends or (following[0] in _SAID_OF and tokens[at - 1].low in _SIZED)
    return goes_on or ends or following[0] in FIELD_WORDS or following[0] in verbs.WORDS or following[0] == "namespace"


_NAMED_IN = late(
    r"\b(?P<kind>[A-Za-z]{2,24}) name(?: is |: ?|=| )['\"]?(?P<name>[a-z0-9][a-z0-9.-]{0,251}[a-z0-9])"
    r"(?=\.?(?:$|[\s,;:'\")]))"
)


def named_in(text: str, kind: str) -> str:
    """The name in ``created pod for task t, with pod name load-k2v9``; empty where none is told so."""
    found = [*_NAMED_IN.finditer(text)] if " name" in text else []
    found += _LISTED_IN.finditer(text) if ": " in text else ()
    names = (match["name"] for match in found if kinds.of_word(match["kind"]) == kind)
    return next((name for name in names if name not in STOPS and name not in FILL), "")


_COPIES = ("replicas", "replica")
_MORE = ("more", "less", "fewer")
"""``gave deployment web more memory``."""
_LISTED_IN = late(
    r"[,;(] ?(?P<kind>[A-Za-z]{2,24}): ?['\"]?(?P<name>[a-z0-9][a-z0-9.-]{0,251}[a-z0-9])(?=$|[\s,;'\")])"
)
"""``cordoning node for cluster: eu-1, node: gpu-7``."""
_WHERE = wordset("namespace ns the app application project cluster environment workspace")
_WHERE_TO = wordset("revision version zero free relieve reclaim save clear make get keep protect avoid prevent stop")
_SIDED = ("limits.", "limit.", "requests.", "request.", "resources.")
"""How a field's path begins, ``limits.memory``: other words with a dot are names."""
_PLURALS = ("pods", "nodes", "jobs")
WHICH_DOES = wordset(
    "blocking preventing causing holding using running consuming failing violating hosting containing belonging "
    "waiting matching exceeding lacking having needing requiring owning selecting guarding protecting"
)
"""What is said of an object with what follows it: ``PodDisruptionBudget blocking consolidation``."""
_SIZED = wordset("deployment statefulset daemonset cronjob hpa namespace rollout release")
_SAID_OF = wordset(
    "for needs requires is was has will would but so until at failed succeeded took takes did does could should timed "
    "aborted completed finished went lasted"
)
_GOES_ON = wordset("with without because due and of despite although though even regardless instead")
_HOW_IT_IS_DONE = late(r"(?!daily|weekly|monthly|hourly|nightly|only|early|supply|reply|family|assembly)[a-z]{3,}ly")
_THEN = wordset(
    "now again anyway meanwhile immediately today tonight soon as since after before by via using while when so then"
)
"""What may follow a name that is a plain word; names of pods and nodes hardly ever are: ``node connections before``."""


def is_participle(low: str) -> bool:
    """``postponed``, ``protected``: what is said of a thing, and no name of it."""
    return low.endswith("ed") and low.isalpha() and len(low) > 4 and low not in _NAMES_TOO


_NAMES_TOO = wordset("shared embed unified federated managed speed")


def is_called(tokens: list[SpokenToken], at: int) -> bool:
    """Does a name stand at a place, in quotes or bare?"""
    token = tokens[at]
    return (token.quoted and " " not in token.text and '{"' not in token.text) or (
        not token.quoted and is_reference(token)
    )


def _is_placed(tokens: list[SpokenToken], at: int) -> bool:
    """``web in shop to 3 replicas``: is the word at a place that of a namespace?"""
    if at >= len(tokens) or not re.fullmatch(r"[a-z][a-z0-9-]{1,62}", tokens[at].text):
        return False
    low = tokens[at].low
    ends = at + 1 == len(tokens) or tokens[at + 1].low in _BEHIND_PLACE or tokens[at + 1].low.isdecimal()
    return ends and low not in verbs.WORDS and low not in STOPS and low not in NOT_NAMES and low not in FILL


_BEHIND_PLACE = wordset("to from raised threw failed ran ended went goes timed denied refused rejected , ( : . ;")


def is_reference(token: SpokenToken) -> bool:
    """A bare word that can only be a name: ``storefront/tsdb-1``, ``invoice-worker-d7snr-7ppsq``, ``deploy/a``."""
    return _refers[token.text] or references.is_provider_id(token.text)


_DEVICE = late(r"(?:[a-z-]+\.)*(?:nvidia|amd|intel|habana|xilinx|amazonaws|google|huawei)\.(?:com|ai)/[a-z0-9.-]+")
"""What nodes have beside CPU and memory, by its vendor, and no object."""


@KeyMemory
def _refers(text: str) -> bool:
    low = text.lower()
    if ("%" in low and not low.endswith("-%")) or "://" in low or low[0] == "/" or re.fullmatch(r"[\d.:,/x-]+", low):
        return False
    if low.endswith(FILES) or _DEVICE.fullmatch(low) or _VERSION.search(low) or _RATE.fullmatch(low) or _is_aside(text):
        return False
    if low[-2:] == "-%":
        low = low[:-2]  # a Pod that has no name yet, as VPA writes it
    if low[-1] == "]":
        low = low.partition("[")[0]
        return re.fullmatch(r"[a-z][a-z0-9-]*", low) is not None
    if "/" in low:
        most = 4 if re.match(r"[a-z0-9.]*/(?:v\d\w*/)?[A-Z]", text) else 2  # "apps/Deployment/shop/web"
        return re.fullmatch(rf"[a-z0-9.-]+(?:/[a-z0-9.-]+){{1,{most}}}", low) is not None
    if "-" in low and low not in FILL and low not in _HOW and re.fullmatch(r"[a-z0-9]+(?:[-.][a-z0-9]+)+", low):
        parts = re.split(r"[-.]", low)
        english = sum(part in verbs.WORDS or part in FILL or part in STOPS or part in NOT_NAMES for part in parts)
        return english < len(parts) - 1 or any(char.isdigit() for part in parts for char in part)
    return False


_HOW = wordset("dry-run dryrun-mode what-if read-only no-op shadow-mode scale-up scale-down scale-in scale-out")
"""Words with a dash that say how something is done, and name nothing."""


def _is_aside(text: str) -> bool:
    """``7 failed/evicted pods``, ``Mon-Fri``: one of two adjectives, or days.

    No object of the cluster has a capital in its name.
    """
    parts = text.lower().split("/")
    if text[0].isupper() and _DAYS.fullmatch(text) and not kinds.of_word(parts[0]):
        return True
    return len(parts) > 1 and all(part in FILL or part in STOPS or is_participle(part) for part in parts)


_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|nes|rs|ur)?(?:day)?"
_DAYS = late(rf"{_DAY}[-/]{_DAY}")
_RATE = late(r"\d+(?:\.\d+)?[a-z]{0,4}/[a-z]{1,6}")
"""``50mb/s``."""
_VERSION = late(r"/v?\d+(?:\.\d+)+$")
FILES = (
    *(".png", ".jpg", ".json", ".yaml", ".yml", ".log", ".txt", ".csv", ".gz", ".tar", ".py", ".go", ".js", ".sh"),
    *(".lock", ".pid", ".sock", ".tmp", ".conf", ".cfg", ".ini", ".toml", ".bak", ".zip", ".tgz"),
)
"""What the names of files end in, which are no objects of the cluster."""
