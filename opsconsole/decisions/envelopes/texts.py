"""What tools write in front of a line, one row each. A row's sample must be opened by its own pattern."""

from __future__ import annotations

import re
from typing import NamedTuple

from opsconsole.patterns import late

_ISO = r"(?>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d))"
"""A time can be read in one way alone, so no row tries it in another: most lines begin with one, and few have a row."""
_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_POD = r"[a-z0-9](?:[a-z0-9.-]{0,240}[a-z0-9])?-(?:[a-z0-9]{5,10}-[a-z0-9]{5}|(?=[a-z]*\d)[a-z0-9]{5}|\d{1,4})"
_NO_DEED = r"(?!(?:delet|evict|scal|drain|remov|restart|cordon|terminat|kill|purg|patch|creat|wip)\w{0,4}ed(?: |$))"
"""What stands behind the name of an object in a sentence is no container: ``data-kafka-0 deleted``."""
_BEGINS = r"(?=[{\[\x1b\"'}]|\d{4}[-/]|[IWEFD]\d{4} |1[.\d]{9}|[A-Za-z@_]+=|[A-Z]{4,8}[ :]|\s+[\"}\]{]|$)"


class TextEnvelope(NamedTuple):
    """One way to put something in front of a line.

    ``pattern`` finds it anywhere; ``loose`` is enough once the source is known to write so. Groups: ``time pod
    namespace container stream host tag``; what is left is the line.
    """

    name: str
    pattern: re.Pattern[str]
    loose: re.Pattern[str]
    sample: str


def _row(name: str, pattern: str, sample: str, loose: str = "") -> TextEnvelope:
    return TextEnvelope(name, late(pattern), late(loose or pattern), sample)


TEXTS: tuple[TextEnvelope, ...] = (
    _row(
        "cri",
        rf"(?P<time>{_ISO}) (?P<stream>stdout|stderr) (?P<tag>[PF])(?::\S*)? ",
        "2026-05-12T02:41:07.318204511Z stdout F text",
    ),
    _row("kubectl --prefix", rf"\[pod/(?P<pod>{_NAME})/(?P<container>{_NAME})\] ", "[pod/opt-6d8f9-xk2vb/opt] text"),
    _row(
        "kubectl --timestamps",
        r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7,9}(?:Z|[+-]\d\d:\d\d)) ",
        "2026-05-12T02:41:07.318204511Z text",
        rf"(?P<time>{_ISO})(?: |$)",
    ),
    _row(
        "stern",
        rf"(?=[a-z0-9.-]++ )(?:(?P<namespace>{_NAME}) )?(?P<pod>{_POD}) (?P<container>{_NAME}) {_BEGINS}",
        "opt-6d8f9-xk2vb optimizer {",
        rf"(?P<pod>{_POD}|{_NAME}(?= {_NAME} [IWEF]\d{{4}} \d\d:)) {_NO_DEED}(?P<container>{_NAME})(?: |$)",
    ),
    _row(
        "kail",
        rf"(?=[a-z0-9.-]++/)(?P<namespace>{_NAME})/(?P<pod>{_NAME})\[(?P<container>{_NAME})\]: ?",
        "kube-system/cluster-autoscaler-5f7c9-r2wdn[cluster-autoscaler]: text",
    ),
    _row(
        "stern with a template",
        rf"(?=[a-z0-9.-]++/)(?:{_NAME}/)?(?P<namespace>{_NAME})/(?P<pod>{_POD})[:/](?P<container>{_NAME}) ?[>|:] ?",
        "worker-7/shop/opt-6d8f9-xk2vb:optimizer > text",
    ),
    _row(
        "compose",
        r"(?=\S++ +\|)"
        r"(?P<container>[a-z0-9][\w.-]{0,200}[-_.](?:\d{1,4})(?:@\S{1,100})?|[\w.-]{1,200}@[\w.-]{1,100}) +\| ?",
        "optimizer-1  | text",
        r"(?P<container>[a-z0-9][\w.@-]{0,300}) +\| ?",
    ),
    _row(
        "journald, syslog 3164",
        r"(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?P<host>[\w.:-]{1,255}) "
        r"(?P<container>[\w./@-]{1,255})(?:\[\d{1,10}\]): ?",
        "May 12 02:41:07 worker-b-07 optimizer[4118]: text",
        r"(?:<\d{1,3}>)?(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?P<host>[\w.:-]{1,255}) "
        r"(?P<container>[\w./@-]{1,255})(?:\[\d{1,10}\])?: ?",
    ),
    _row(
        "journald short-iso, short-full, short-unix",
        r"(?=[^\[]++\[\d{1,10}\]:)"
        rf"(?:[A-Z][a-z]{{2}} )?(?P<time>{_ISO}|\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC)?|1\d{{9}}\.\d{{3,6}}) "
        r"(?P<host>[\w.:-]{1,255}) (?P<container>[\w./@-]{1,255})\[\d{1,10}\]: ?",
        "2026-05-12T02:41:07+0000 worker-b-07 optimizer[4118]: text",
    ),
    _row(
        "syslog 5424",
        rf"<(?P<priority>\d{{1,3}})>1 (?P<time>{_ISO}|-) (?P<host>\S{{1,255}}) (?P<container>\S{{1,48}}) "
        r"\S{1,128} (?P<sort>\S{1,32}) "
        r"(?:-|(?:\[[^\]]{0,2000}\])+)(?: \ufeff?|$)",
        "<14>1 2026-05-12T02:41:07.318Z worker-b-07 optimizer 4118 - - text",
    ),
    _row("logcli", rf"(?P<time>{_ISO}) \{{\w+=\"[^}}]{{0,2000}}\}}\s+", '2026-05-12T02:41:07Z {app="opt"} text'),
    _row(
        "aws logs tail",
        rf"(?P<time>{_ISO}) (?P<pod>[\w.-]{{1,200}}/[\w./\[\]$-]{{1,300}}) ",
        "2026-05-12T02:41:07.318000+00:00 ops-tools/optimizer/opt-6d8f9-xk2vb text",
    ),
    _row(
        "Kibana",
        r"(?P<time>[A-Z][a-z]{2} \d{1,2}, \d{4} @ \d\d:\d\d:\d\d\.\d{3})\t",
        "Feb 16, 2026 @ 22:00:09.419\ttext",
    ),
    _row(
        "fluentd file",
        rf"(?P<time>{_ISO})\t(?P<container>[\w*-]+(?:\.[\w*-]+)+)\t(?=\{{)",
        "2026-05-12T02:41:07Z\tkube.a\t{",
    ),
)
"""In the order in which they are tried. What is left is opened again: ``--prefix`` and ``--timestamps`` go together."""


ANY = late("|".join(re.sub(r"\(\?P<\w+>", "(?:", row.pattern.pattern) for row in TEXTS))
"""Matches where any row does: most lines have no envelope, and are asked once."""
