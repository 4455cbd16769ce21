"""What stands beside a kind: its name before it, another kind behind it, some link to the object before it."""

from __future__ import annotations

import re

from opsconsole.decisions.meaning.prose.basics import naming
from opsconsole.decisions.meaning.prose.basics.grammar import FIELD_WORDS, FILL, NOT_NAMES, PASSIVE, STOPS, SpokenToken
from opsconsole.decisions.meaning.targets import references
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import Ref


def name_before(tokens: list[SpokenToken], at: int, kind: str) -> Ref | None:
    """``the checkout deployment``: a name before its kind, where "the" tells that it is one and no adjective."""
    if kind not in _NAMED_BEFORE or at < 1:
        return None
    token = tokens[at - 1]
    if not token.quoted and _COMPOUND.fullmatch(token.low):
        return None  # "the low-priority deployment"
    sure = token.quoted or naming.is_reference(token)
    if not sure and (at < 2 or tokens[at - 2].low != "the"):
        return None
    plain = token.quoted or (re.fullmatch(r"[a-z][a-z0-9-]+", token.text) is not None and not _describes(token.low))
    if not plain or (at + 1 < len(tokens) and naming.is_name(tokens, at + 1)) or (not sure and _is_for(tokens, at + 1)):
        return None
    return references.reference(token.text, kind)


_COMPOUND = late(
    r"(?:low|high|long|short|over|under|non|pre|best|mid)-[a-z]+|"
    r"[a-z]+-(?:[a-z]{2,20}(?:ed|ing)|priority|effort|critical|tier|class|term|level|wide|facing|only|like|specific)"
)
"""Adjectives with a dash."""


def _is_for(tokens: list[SpokenToken], at: int) -> bool:
    """``the cleanup job for pvc-7``: is it told behind a kind whose it is, and before it only what for?"""
    made = tokens[at - 1].low.removesuffix("s") in ("job", "cronjob")
    return made and at + 1 < len(tokens) and tokens[at].low == "for" and naming.is_called(tokens, at + 1)


def only_describes(tokens: list[SpokenToken], at: int) -> bool:
    """``low-value namespaces``: is a word with a dash an adjective of the kind behind it?"""
    plain = not tokens[at].quoted and _COMPOUND.fullmatch(tokens[at].low) is not None
    return plain and at + 1 < len(tokens) and naming.kind_at(tokens, at + 1)[0] is not None


_NAMED_BEFORE = wordset(
    "Deployment StatefulSet DaemonSet Namespace CronJob HorizontalPodAutoscaler Service Rollout Job"
)


def _describes(low: str) -> bool:
    """Is a word before a kind more likely an adjective than a name?"""
    if low in _ADJECTIVES or low in FILL or low in STOPS or low in NOT_NAMES or low in verbs.WORDS:
        return True
    return bool(kinds.of_word(low)) or low in kinds.GENERIC or low.endswith(_ENDINGS)


_ENDINGS = ("ed", "ing", "al", "ive", "able", "ible", "ous", "ful", "less", "ant", "ent", "ary", "ate", "est", "ese")
_ADJECTIVES = wordset(
    "stale legacy first last next second whole main own same faulty canary slow fast busy noisy quiet large small big "
    "huge wrong right bad good failed dead live full high low top only latest kubernetes k8s single double dev prod "
    "production staging test default user customer owner blue green primary secondary"
)


def typed(ref: Ref, tokens: list[SpokenToken], at: int) -> Ref:
    """``'web' of type 'Deployment'``, ``"web" with kind Deployment``: the name with the kind that is told behind it."""
    if at + 2 < len(tokens) and tokens[at].low in ("of", "with") and tokens[at + 1].low in ("type", "kind"):
        place = at + 2 + (tokens[at + 2].text in "*&" and at + 3 < len(tokens))  # as Go prints a type: "*v1.Service"
        kind = kinds.of_word(tokens[place].text) or naming.kind_at(tokens, place)[0] or ""
        return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace, ref.name)
    if at + 1 == len(tokens) and tokens[at - 1].quoted and (kind := kinds.of_word(tokens[at].text)) == tokens[at].text:
        return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace, ref.name)  # "delete for "web" Deployment"
    return ref


def of_printed_kind(ref: Ref, tokens: list[SpokenToken], at: int) -> Ref:
    """``shop/web (apps/v1, Kind=Deployment)``: the name with its kind as Go prints it."""
    words = [token.text for token in tokens[at : at + 7]]
    if len(words) < 7 or (words[0], words[2], words[3], words[4], words[6]) != ("(", ",", "Kind", "=", ")"):
        return ref
    kind = kinds.of_word(words[5]) or words[5]
    return Ref(kind, "" if kind in kinds.CLUSTER_WIDE else ref.namespace, ref.name)


def further(tokens: list[SpokenToken], at: int, kind: str) -> Ref | None:
    """The name that some words lead to: ``deployments.apps "web"``, ``node with id gpu-3``, ``node, gpu-3,``."""
    if not kind:
        told, length = naming.kind_at(tokens, at)
        if told and at + length < len(tokens) and naming.is_called(tokens, at + length):
            return references.reference(tokens[at + length].text, told)
    if kind and at + 2 < len(tokens) and tokens[at].text == tokens[at + 2].text == ",":
        return references.reference(tokens[at + 1].text, kind) if naming.is_reference(tokens[at + 1]) else None
    if kind and at + 2 < len(tokens) and tokens[at].low in _WENT and tokens[at + 1].low in ("for", "on"):
        return references.reference(tokens[at + 2].text, kind) if naming.is_called(tokens, at + 2) else None
    ends = kind and tokens[at - 1].text == ":" and at + 2 == len(tokens) and tokens[at].low.isalpha()
    if ends and "/" in tokens[at + 1].text and naming.is_reference(tokens[at + 1]):
        return references.reference(tokens[at + 1].text, kind)  # "Created Pod: kubernetes ci/maven-7", by its cloud
    named = tokens[at].low in _NAMED and at + 1 < len(tokens)
    place = at + 1 if named else at + 2
    led = named or (tokens[at].low in ("with", "by") and place < len(tokens) and tokens[at + 1].low in _IDS)
    if led and naming.is_called(tokens, place):
        return references.reference(tokens[place].text, kind)
    return None


def is_of_many(tokens: list[SpokenToken], at: int) -> bool:
    """``machine 1 of 2``: the number of one among them."""
    return tokens[at].low.isdecimal() and at + 2 < len(tokens) and tokens[at + 1].low in ("of", "/")


_WENT = ("failed", "succeeded", "skipped", "rejected", "denied", "completed")
"""How it went, before the name: ``patch deployment failed for shop/web``."""
_NAMED = ("named", "called")
_IDS = ("id", "name", "identifier")


def advised(tokens: list[SpokenToken], at: int) -> int:
    """How many tokens lead from an advice to whom it is for; 0 where it is for nobody."""
    for place in (at, at + 1):
        if place + 1 < len(tokens) and tokens[place].low in ("for", "to", "on"):
            return place + 1 - at
    return 0


def of_place(tokens: list[SpokenToken], place: int) -> int:
    """How many tokens that end at a place say where something is: ``Namespace/shop``, ``(namespace: shop)``; else 0."""
    if place > 0 and tokens[place - 1].low == "in" and tokens[place].low.startswith(("namespace/", "ns/")):
        return 1
    if place > 1 and tokens[place - 1].low == "in" and re.fullmatch(r"[a-z][a-z0-9-]{1,62}", tokens[place].text):
        many = naming.kind_at(tokens, place - 2)[0]
        if many and tokens[place - 2].low.endswith("s"):
            return 2  # "14 jobs in batch deleted"
        named = place > 2 and naming.kind_at(tokens, place - 3)[0] and _NAME.fullmatch(tokens[place - 2].text)
        if named and place + 1 < len(tokens) and tokens[place + 1].low in _HAS_BEEN:
            return 2  # "deployment web-1 in shop was deployed"
    space = place - 1 - (place > 2 and tokens[place - 1].text in (":", "="))
    if space < 1 or tokens[space].low not in ("namespace", "ns"):
        return 0
    before = tokens[space - 1].low
    if before == "," and space > 1 and (_is_deed(tokens[: space - 1]) or "/" in tokens[space - 2].text):
        return 0  # "failed to delete pod web-1, namespace prod deleted"; "… shop/web, namespace prod deleted"
    inside = before in _INSIDE or (before == "the" and space > 1 and tokens[space - 2].low in _INSIDE)
    return place - space + 1 if inside else 0


def beside_machine(tokens: list[SpokenToken], at: int) -> Ref | None:
    """``instance "i-1", node "ip-10-0-3-17"``: the node that a machine is, told beside it."""
    if at + 2 >= len(tokens) or tokens[at].text not in (",", "(") or tokens[at + 1].low != "node":
        return None
    return references.reference(tokens[at + 2].text, "Node") if naming.is_called(tokens, at + 2) else None


def before_brackets(tokens: list[SpokenToken], place: int) -> int:
    """The place of the name that brackets stand behind: ``deployment web-1 (namespace shop, zone b) scaled``."""
    if tokens[place].text not in (")", "]"):
        return place
    opening = {")": "(", "]": "["}[tokens[place].text]
    start = next((at for at in range(place - 1, max(place - 16, 0), -1) if tokens[at].text == opening), 0)
    named = start > 1 and (
        naming.is_called(tokens, start - 1)
        or (bool(naming.kind_at(tokens, start - 2)[0]) and naming.is_name(tokens, start - 1))
    )
    return start - 1 if named else place


def _is_deed(tokens: list[SpokenToken]) -> bool:
    """Is a deed told by some words, of which the last one may be any verb? Then another one follows them."""
    said = [verbs.WORDS.get(token.low) for token in tokens if not token.quoted]
    return said[-1:] not in ([], [None]) or any(verb is not None and not verb.loose for verb in said)


_NAME = late(r"[a-z0-9][a-z0-9.-]{1,252}")
_HAS_BEEN = ("was", "were", "is", "has", "will")
_INSIDE = ("in", "from", "(", "[", "{", ",")


def opens_names(tokens: list[SpokenToken], at: int) -> bool:
    """``Deployment [shop/web]``, ``nodes: [n-1, n-2]``: does a bracket at a place hold names behind their kind?"""
    if at + 2 >= len(tokens) or tokens[at].text != "[" or not naming.is_called(tokens, at + 1):
        return False
    return tokens[at + 2].text in ("]", ",")


def tag_before(tokens: list[SpokenToken], at: int) -> str:
    """``taint dedicated=gpu:NoSchedule added to node n-1``: what is put on an object that follows; else empty."""
    if at < 2 or at + 1 >= len(tokens) or tokens[at + 1].low not in ("to", "on", "from"):
        return ""
    place = at - 1 - (tokens[at - 1].low in PASSIVE) - (tokens[at - 2].low in ("has", "have"))
    return next((each.low for each in tokens[max(0, place - 3) : place] if each.low in _PUT_ON), "")


_PUT_ON = ("taint", "label", "annotation")


def ends_as_key(tokens: list[SpokenToken], at: int) -> bool:
    """``removed taint spot/interrupted``: does a word with a slash, of no kind, end a tag or get a value?"""
    owner, slash, _ = tokens[at].low.partition("/")
    ends = at + 1 == len(tokens) or tokens[at + 1].text == "="
    return slash != "" and ends and tokens[at - 1].low in _PUT_ON and not kinds.of_word(owner)


def noun_beside(tokens: list[SpokenToken], at: int) -> str:
    """``applying taint``, ``taint removed``: what of an object that only the attributes name."""
    beside_it = (tokens[at - 1].low if at else "", tokens[at + 1].low if at + 2 == len(tokens) else "")
    return next((low for low in beside_it if low in ("taint", "label")), "")


def are_machines(tokens: list[SpokenToken], at: int) -> bool:
    """Is the word at a place one for machines: ``launching 3 instances``?"""
    return tokens[at].low in ("instances", "instance", "vms", "vm", "machines")


def of_machine(tokens: list[SpokenToken], at: int, verb: str) -> int:
    """``draining agent 7b1f-S3``: is a word one that a scheduler has for its machines, with a machine's name behind it?

    What is deleted may be an agent of some other sort, unless its host stands behind it: ``agent 7b1f-S3 (host-3)``.
    """
    if tokens[at].low not in _SCHEDULED_ON or at + 1 >= len(tokens) or not naming.is_called(tokens, at + 1):
        return 0
    if not any(char.isdigit() for char in tokens[at + 1].text):
        return 0
    hosted = [token.text for token in tokens[at + 2 : at + 5]][::2] == ["(", ")"] and naming.is_reference(
        tokens[at + 3]
    )
    return int(verb in ("drain", "cordon", "uncordon") or hosted)


_SCHEDULED_ON = wordset("agent slave host hypervisor")


def is_of(tokens: list[SpokenToken], at: int) -> bool:
    """Does the token at a place say of whom what stands before it is?"""
    return at < len(tokens) and tokens[at].low in ("of", "for", "on")


def leads_to_kind(tokens: list[SpokenToken], at: int, kind: str) -> int:
    """One more than the tokens between a kind and the one that is meant, 0 where it is meant itself.

    ``rollout of deployment web``, ``workload controller Deployment web``, ``target pod``, ``canary deployment web``.
    """
    if at >= len(tokens):
        return 0
    if kind not in ("", "Rollout"):  # "canary deployment web"
        next_kind, length = naming.kind_at(tokens, at)
        named = at + length < len(tokens) and naming.is_called(tokens, at + length)
        return int(bool(next_kind) and (named or _is_made_for(tokens, at + length, kind, str(next_kind))))
    if kind or tokens[at].low in _CONTROLS:
        leads = tokens[at].low in ("of", "for") if kind else at + 1 < len(tokens) and naming.kind_at(tokens, at + 1)[0]
        return 2 if leads else 0
    return 1 if naming.kind_at(tokens, at)[0] and tokens[at].low not in kinds.GENERIC else 0


def _is_made_for(tokens: list[SpokenToken], end: int, kind: str, made: str) -> bool:
    """``Creating ephemeral runner pod``: does a kind that ends before a place only say whose the made object is?"""
    ends = end >= len(tokens) or tokens[end].low in STOPS or not tokens[end].low[0].isalnum()
    return ends and made in _MADE and kind not in _MADE and kind != "Namespace"


_MADE = wordset("Pod Deployment StatefulSet DaemonSet ReplicaSet Job Service ConfigMap Secret PersistentVolumeClaim")
"""Kinds of what controllers make for objects of their own kinds."""
_CONTROLS = ("controller", "owner", "kind", "type")


def is_only_linked(tokens: list[SpokenToken], start: int) -> bool:
    """``connection to node n-1 terminated``: is it some link to the object that is told of?"""
    linked = start > 1 and tokens[start - 1].low in ("to", "with", "from", "for", "on")
    return linked and tokens[start - 2].low.removesuffix("s") in _LINKS


def is_peer(tokens: list[SpokenToken], place: int, at: int) -> bool:
    """``"10.8.4.17:52144" web-5c9 terminated``: does an address before a name tell that a connection has ended?"""
    ended = tokens[at].low in _ENDED and "/" not in tokens[place].text
    told = place > 1 and tokens[place - 2].low in _PEERS  # an address alone may stand before any name
    return ended and told and _ADDRESS.fullmatch(tokens[place - 1].text) is not None


_PEERS = wordset("xds client peer conn connection grpc http tcp socket session stream agent server proxy downstream")
_ENDED = ("terminated", "dropped", "killed", "reset", "cut")
"""How connections end."""
_ADDRESS = late(r"(?:\d{1,3}\.){3}\d{1,3}:\d{1,5}")


def placed_at(tokens: list[SpokenToken], start: int, kind: str) -> int:
    """Where ``on the node`` begins, before what is done to those there: ``pods on the node evicted``; else 0."""
    place = start - 1 - (start > 1 and tokens[start - 1].low in ("the", "this", "that"))
    many = place > 0 and tokens[place].low in ("on", "at") and kind == "Node" and tokens[place - 1].low.endswith("s")
    return place if many and naming.kind_at(tokens, place - 1)[0] else 0


_LINKS = wordset("connection session stream watch tunnel link channel subscription lease lock timer call exec transfer")


def told_off(tokens: list[SpokenToken], at: int) -> int:
    """How many tokens before a place say which of some it is: ``machine 1 of 2 created``, ``pod 1/3 evicted``."""
    if at > 3 and tokens[at - 2].low == "of" and tokens[at - 1].low.isdecimal() and tokens[at - 3].low.isdecimal():
        return 3 if naming.kind_at(tokens, at - 4)[0] else 0
    one = at > 1 and re.fullmatch(r"\d{1,6}/\d{1,6}", tokens[at - 1].text) is not None
    return int(one and bool(naming.kind_at(tokens, at - 2)[0]))


def without_container(tokens: list[SpokenToken], at: int) -> str:
    """``container shop/web/app``: the container's name is no part of its owner's."""
    text = tokens[at].text
    of_container = at > 0 and tokens[at - 1].low == "container" and text.count("/") == 2
    return text.rpartition("/")[0] if of_container else text


def is_sign(tokens: list[SpokenToken], at: int) -> bool:
    """Is it the sign of a number behind it: ``replicas=-3``?"""
    return tokens[at].text in ("-", "+") and at + 1 < len(tokens) and tokens[at + 1].low[0].isdigit()


def after_mode(tokens: list[SpokenToken], at: int) -> int:
    """The place behind ``in dry run mode`` before a colon: ``evicted pod in dry run mode: "web-1"``."""
    if at < len(tokens) and tokens[at].low == "in":
        for place in range(at + 2, min(at + 5, len(tokens) - 1)):
            if tokens[place].low == "mode" and tokens[place + 1].text == ":":
                return place + 1
    return at


def called_by(tokens: list[SpokenToken], at: int) -> int:
    """How many words at a place say whose some objects are: ``evicting CAST AI pods``; 0 for none."""
    if tokens[at].low == "control" and at + 2 < len(tokens) and tokens[at + 1].low == "plane":
        return 2  # "deleting control plane machine"
    end = at
    while end < len(tokens) and end - at < 4 and _PRODUCT.fullmatch(tokens[end].text) and not tokens[end].quoted:
        end += 1
    plural = end < len(tokens) and tokens[end].low.endswith("s") and naming.kind_at(tokens, end)[0]
    return end - at if plural and 1 < end - at < 4 else 0


def described(tokens: list[SpokenToken], at: int) -> int:
    """How many plain words at a place only say what an object with its name is like: ``dead mon deployment mon-b``."""
    if not _is_plain(tokens[at]) or at + 2 >= len(tokens):
        return 0
    if tokens[at + 1].quoted and naming.kind_at(tokens, at + 2)[0] and not naming.kind_at(tokens, at)[0]:
        return 1  # "the mon "c" deployment"
    describes = tokens[at].low in _ADJECTIVES or tokens[at].low.endswith(_ENDINGS)
    if describes and of_component(tokens, at + 1):
        return 1  # "removed stale compute runner job c-7"
    if not describes or not _is_plain(tokens[at + 1]) or tokens[at + 1].low in _LINKS | _OWNED | _CONCERNS:
        return 0  # "deleted user session namespace shop-1", "deleted statement concerning namespace shop-1": not it
    kind, length = naming.kind_at(tokens, at + 2)
    named = at + 2 + length < len(tokens) and naming.is_called(tokens, at + 2 + length)
    return 2 if kind and named and naming.kind_at(tokens, at + 1)[0] is None else 0


def of_component(tokens: list[SpokenToken], at: int) -> int:
    """How many words at a place only say of which part of a program an object is: ``instance manager pod``; else 0."""
    if at + 2 >= len(tokens) or tokens[at + 1].low not in _COMPONENTS or not _is_plain(tokens[at]):
        return 0
    owned = tokens[at].low in _LINKS | _OWNED | _CONCERNS or tokens[at].low in FILL
    return 0 if owned or naming.kind_at(tokens, at + 2)[0] not in _MADE else 2


_COMPONENTS = wordset(
    "manager runner worker controller scheduler server agent proxy operator driver executor launcher broker builder "
    "gateway exporter monitor balancer provisioner supervisor collector coordinator"
)
"""Parts of programs, which run as objects of the cluster."""


def _is_plain(token: SpokenToken) -> bool:
    low = token.low
    return (
        not token.quoted
        and low not in _NEAR
        and low.isalpha()
        and low not in STOPS
        and low not in verbs.WORDS
        and low not in FIELD_WORDS
    )


_OWNED = wordset(
    "comment panel record dashboard token cache entry row alert report note message event metric cookie history view"
)
"""Things that go themselves, of whatever object they are."""
_CONCERNS = wordset("concerning regarding mentioning describing naming citing listing covering referencing touching")
"""What tells what a thing is about: ``deleted comment concerning namespace shop-1``."""
_NEAR = wordset("near beside next about behind around onto toward towards inside outside like plus versus")
_PRODUCT = late(r"[A-Z][A-Za-z]{1,20}")
