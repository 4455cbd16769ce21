"""Images: what code runs is a release's to change, and no optimizer's."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.governor.interest import Interest
from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.common import REVOKE, name_of
from opsconsole.patterns import late
from opsconsole.records import Change, Decision, Kind, Severity


@rule(
    "image-changed",
    Severity.WARNING,
    Kind.DECISION,
    Kind.CHANGE,
    written="image",
    lines=(Interest(fields=frozenset({"image"})), Interest(announces=True, words=("set image",))),
    own=True,
)
def image_changed(subject: Decision | Change, view: View) -> Iterable[Verdict]:
    """The optimizer changes what code runs.

    The Aura write-up: four nodes' drivers had to be rolled back since it "tried to 'upgrade' them". Limits and replicas
    are an optimizer's business, images are a release's.
    """
    if isinstance(subject, Decision) and view.announces(subject):
        yield from _sets_image(subject)
    for about, field in view.wanted(subject):
        if (field.path == "image" or field.path.endswith("].image")) and field.before != field.after:
            yield Verdict(
                f"image of {name_of(about)} changed: {field.before or 'unknown'} → {field.after}",
                "A new image is a release: it wants a pipeline and a person.",
                part=field.path,
                severity=_of_image(field.after),
                switch=REVOKE,
            )


def _of_image(image: str) -> Severity:
    return Severity.CRITICAL if image.partition(":")[0] in _EMPTY_IMAGES else Severity.WARNING


_SET_IMAGE = late(
    r"\b[Ss]et image (?:of )?\S+ (?:to )?(?:[\w.-]+=)?(?P<new>[\w./:@-]+)(?: \(was (?P<old>[^)]{1,300})\))?"
)


def _sets_image(subject: Decision) -> Iterable[Verdict]:
    """``set image deployment/web web=redis:7 (was redis:6)``, where it was read as no field."""
    match = _SET_IMAGE.search(subject.message) if not subject.fields else None
    if match is not None and match["new"] != match["old"]:
        yield Verdict(
            f"image of {name_of(subject.target)} changed: {match['old'] or 'unknown'} → {match['new']}",
            "A new image is a release: it wants a pipeline and a person.",
            part="image",
            severity=_of_image(match["new"]),
            switch=REVOKE,
        )


_EMPTY_IMAGES = frozenset({"scratch", "busybox", "pause"})
"""There is nothing in them of what served."""
