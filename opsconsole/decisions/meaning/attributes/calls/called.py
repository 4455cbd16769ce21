"""What calls of tools do: by the tool's name and its arguments, or by the command that it is given."""

from __future__ import annotations

from opsconsole.decisions.meaning.attributes import keyed, recorded
from opsconsole.decisions.meaning.attributes.calls import manifests
from opsconsole.decisions.meaning.deeds import Act, Told
from opsconsole.decisions.meaning.programs.commands import shell
from opsconsole.decisions.meaning.programs.tools.tool_call import ToolCall
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.meaning.values import patches
from opsconsole.decisions.meaning.values.in_attributes import is_before
from opsconsole.decisions.message.document import Leaves, leaves
from opsconsole.decisions.words import kinds, verbs
from opsconsole.decisions.words.sets import wordset
from opsconsole.patterns import late
from opsconsole.records import EntryReading, FieldValue, JsonObject, Mood, Ref


def of_calls(found: list[ToolCall]) -> Told:
    """What calls of tools do. A command that is neither known to act nor only to read stays unclear."""
    acts, known = [], True
    for call in (call for at, call in enumerate(found) if call not in found[:at]):
        if call.command:
            told, understood = shell.find(call.command)
            acts += [act._replace(mood=call.mood) if call.mood and act.mood == Mood.PLANNED else act for act in told]
            known = known and understood
        else:
            acts += [act._replace(mood=call.mood or act.mood) for act in _called(call)]
    reading = EntryReading.ACTION if acts else EntryReading.NONE if known else EntryReading.UNCLEAR
    return Told(acts, reading, "; ".join(f"{call.name} {call.command}".strip() for call in found))


def _called(call: ToolCall) -> list[Act]:
    """What a tool's call does by its name; nothing where the tool only reads."""
    pairs = leaves(call.arguments)[: patches.MAX_FIELDS]
    named = verbs.of_name(call.name)
    for key in ("action", "operation", "verb", "op", "command", "cmd", "subCommand", "subcommand", "sub_command"):
        value = call.arguments.get(key)
        if isinstance(value, str) and (told := verbs.of_name(value)):
            named = told
    if named is None:
        return []
    kind = keyed.kind_in(call.name) or _kind_given(call.arguments)
    kind = "" if kind == "Rollout" and named.verb in ("restart", "rollback") else kind
    if made := manifests.given(call.arguments):
        mood = call.mood or keyed.mood_of(pairs, Mood.PLANNED)
        return [Act(named.verb, call.name, mood, (ref,), None, fields) for ref, fields in made]
    targets = _release(call) or choice.choose(choice.candidates(pairs, bare=3), named.verb, kind)
    if kind and not any(each.name for each in targets):
        targets = _listed(call.arguments, kind, choice.namespace_of(pairs)) or targets
    sizes = named.verb == "patch" and not _COUNTS.isdisjoint(verbs.parts(call.name))
    fields = keyed.wanted(call.arguments, pairs + _before(call), "scale" if sizes else named.verb)
    fields = fields or _valued(call, pairs, named.verb, sizes=sizes)
    if not fields and named.verb == "scale" and any(each.kind in _OF_NODES for each in targets):
        fields = _nodes(pairs)
    fields = fields or (_desired(pairs) if named.verb in ("scale", "patch") else ())
    verb = "scale" if _sets_replicas(call.name, named, fields) else named.verb
    whom = _kinded(targets, kind, choice.namespace_of(pairs))
    return [Act(verb, call.name, keyed.mood_of(pairs, Mood.PLANNED), whom, None, fields)]


def _listed(arguments: JsonObject, kind: str, namespace: str) -> tuple[Ref, ...]:
    """The objects that a tool is given by their names alone: ``delete_jobs {"names": ["a-1", "b-2"]}``."""
    names = next(
        (given for key in ("names", f"{kind.lower()}_names", "targets") if (given := arguments.get(key))), None
    )
    if isinstance(names, str):
        names = names.split(", ")
    if not isinstance(names, list) or not all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        return ()
    return tuple(
        Ref(kind, "" if kind in kinds.CLUSTER_WIDE else namespace, name) for name in names[: patches.MAX_FIELDS]
    )


_NAME = late(r"[a-z0-9][a-z0-9.-]{0,252}")


def _valued(call: ToolCall, pairs: Leaves, verb: str, *, sizes: bool) -> tuple[FieldValue, ...]:
    """The value of which only the tool's name says what it is: ``set_cpu_request(deployment="web", value="250m")``."""
    own: Leaves = [(("to",), leaf) for path, leaf in pairs if path in _VALUES or (sizes and path == ("count",))]
    return recorded.told(own, verb, call.name) if len(own) == 1 else ()


def _nodes(pairs: Leaves) -> tuple[FieldValue, ...]:
    """How many nodes a group of them is to have: ``resize_node_pool(node_pool="gpu", node_count=4)``."""
    told = [leaf for path, leaf in pairs if len(path) == 1 and "".join(verbs.parts(str(path[0]))) in _NODE_COUNTS]
    return (patches.field("replicas", told[0]),) if len(told) == 1 else ()


def _desired(pairs: Leaves) -> tuple[FieldValue, ...]:
    """How many are wanted, by a key that means nothing else: ``update_service(service="web", desiredCount=1)``."""
    told = [leaf for path, leaf in pairs if path and "".join(verbs.parts(str(path[-1]))) in _DESIRED]
    return (patches.field("replicas", told[0]),) if len(told) == 1 and type(told[0]) is int else ()


_DESIRED = wordset(
    "desiredcount desiredcapacity desiredsize desirednodes desiredtasks desiredinstances taskcount numtasks"
)
_OF_NODES = wordset("NodeGroup NodePool MachineDeployment MachineSet MachinePool")
_NODE_COUNTS = wordset("nodecount numnodes nodes desirednodes desiredsize desiredcount newsize targetsize count")
_VALUES = (("value",), ("amount",), ("quantity",))


def _sets_replicas(name: str, named: verbs.Verb, fields: tuple[FieldValue, ...]) -> bool:
    """``set_replicas``: does a tool scale, though its name's verb is one of all changes?"""
    only = bool(fields) and all(field.path == "replicas" for field in fields)
    return named.verb == "patch" and only and not _COUNTS.isdisjoint(verbs.parts(name))


_COUNTS = wordset("replicas replica scale size count instances")


def _before(call: ToolCall) -> Leaves:
    """What a tool's answer says that a value was before: ``{"ok": true, "previous_replicas": 6}``."""
    told = leaves(call.answer)[:40] if call.answer is not None else []
    return [(path, leaf) for path, leaf in told if is_before(path)]


_RELEASE = ("release", "release_name", "releaseName", "name")


def _release(call: ToolCall) -> tuple[Ref, ...]:
    """The release that a tool of Helm's is called for: ``helm_uninstall {"release": "web"}``."""
    if "helm" not in verbs.parts(call.name):
        return ()
    said = next((given for key in _RELEASE if isinstance(given := call.arguments.get(key), str) and given), "")
    space = next((given for key in ("namespace", "ns") if isinstance(given := call.arguments.get(key), str)), "")
    return (Ref("HelmRelease", space, said),) if said else ()


def _kind_given(arguments: JsonObject) -> str:
    """The kind that a tool is told: ``"resource": "deployments"``."""
    said = (arguments.get(key) for key in ("kind", "resource", "resource_type", "resourceType"))
    return next((kind for each in said if isinstance(each, str) and (kind := kinds.of_word(each))), "")


def _kinded(targets: tuple[Ref, ...], kind: str, namespace: str) -> tuple[Ref, ...]:
    if kind == "Namespace" and namespace and not any(each.name for each in targets):
        return (Ref(kind, "", namespace),)
    space = "" if kind in kinds.CLUSTER_WIDE else namespace
    return targets or ((Ref(kind, space, ""),) if kind else ())
