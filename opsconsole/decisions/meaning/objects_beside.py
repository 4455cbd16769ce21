"""The object of an action, where the attributes beside its words name it."""

from __future__ import annotations

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.prose import sentences
from opsconsole.decisions.meaning.targets import choice
from opsconsole.decisions.words import kinds
from opsconsole.records import Ref


def with_target(act: Act, context: sentences.SentenceContext, text: str = "") -> Act:
    """The action with the object that the attributes name, where the words name none, or no more than its kind.

    Of several it is the one of the kind that the ``text`` begins with: ``MachineSet is scaling up to 6 replicas``.
    """
    if act.verb == "query" or act.said.startswith("kubectl"):
        return act
    if act.problem and len(act.targets) == 1 and act.targets[0].name and not act.targets[0].namespace:
        (ref,) = act.targets  # the API server's error names the object alone
        space = "" if ref.kind in kinds.CLUSTER_WIDE else context.namespace
        return act._replace(targets=(Ref(ref.kind, space, ref.name),))
    if not context.found:
        return act
    if any(each.name for each in act.targets):
        return act._replace(targets=tuple(_placed(ref, context) for ref in act.targets))
    kind = act.targets[0].kind if act.targets else ""
    headed = kinds.of_word(text.partition(" ")[0]) if text and not act.targets and len(context.found) > 1 else ""
    chosen = choice.choose(context.found, act.verb, headed) if headed else ()
    return act._replace(targets=chosen or choice.choose(context.found, act.verb, kind) or act.targets)


def _placed(ref: Ref, context: sentences.SentenceContext) -> Ref:
    """The object with its namespace, where the attributes name the same one with it."""
    if ref.namespace or not ref.name or ref.kind in kinds.CLUSTER_WIDE:
        return ref
    if (whole := choice.told_apart(ref, context.found)) is not ref:
        return whole
    same = (each.ref.namespace for each in context.found if each.ref.name == ref.name and each.ref.kind == ref.kind)
    return Ref(ref.kind, next(same, ""), ref.name)
