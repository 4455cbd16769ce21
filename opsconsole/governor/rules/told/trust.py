"""Certificates, and what they are checked by: a CA that is exchanged, one that nobody trusts, a check that is off."""

from __future__ import annotations

import re
from collections.abc import Iterable

from opsconsole.governor.rule import Verdict, View, rule
from opsconsole.governor.rules.told_deeds import ToldDeed, interests, number_in, verdicts
from opsconsole.patterns import late
from opsconsole.records import Decision, Kind, Severity

_MANY, _OFTEN = 20.0, 5.0
_CA = r"(?:root|internal|intermediate|issuing|issuer|cluster|mesh|signing|private) CA\b"
_ITS_PARTS = (
    r"(?: (?:secret|key|key ?pair|cert|certificate|of|the|for|in|mesh|cluster|was|is|has|been|being|now|just|"
    r"(?=[\w.]{1,63}[/-])[\w./-]{1,160}))*"
)
"""Words for a CA itself: a ConfigMap, a pod, a list or a store that is called by it is another thing."""
_NOT_ITSELF = r"(?! (?:configmap|pod|store|cache|list|bundle|metric|file|page|deployment|label|annotation|entr)\w*)"
_KEPT_BESIDE = late(
    r"\b(?:old|previous|both)\b[^.;]{0,40}\b(?:kept|trusted|stays?|remains?)\b|\boverlap|\bcross-?sign|\bbundle\b",
    re.IGNORECASE,
)
_OF_A_TEST = late(r"\b(?:unit|end-to-end|e2e|integration) tests?\b|\btest (?:suite|run|case)s?\b", re.IGNORECASE)
_OF_A_WEBHOOK = late(
    r"\bweb-?hook|\bmetrics\b|\bkubelet\b|\b(?:test|dev|staging|preview|sandbox|localhost:)\b", re.IGNORECASE
)

_BROKEN = (
    ToldDeed(
        ("elf-signed", "elfsigned", "elf signed"),
        late(
            r"\bself-?signed (?:tls |ssl )?(?:cert(?:ificate)?s? )?(?:was |is |were |are |has been |now )*"
            r"(?:installed|deployed|put|mounted|rolled out|in place|served|presented|written)\b|"
            r"\b(?:install|deploy|switch|fall|fell|mount|put|serv)(?:ed|ing|en|s)? (?!from\b)(?:[\w/.-]{1,60} )?"
            r"(?:back )?(?:to |by |with )?(?:an? |the |its )?self-?signed\b|"
            r"\breplac(?:ed|ing) (?:the )?(?:[\w/.-]{1,60} ){0,2}(?:by|with) (?:an? |its )?self-?signed\b",
            re.IGNORECASE,
        ),
        "puts up a certificate that nobody trusts",
        "Whoever checks it can't connect any more; put the last good one back.",
        unless=lambda line, _match: _OF_A_WEBHOOK.search(line.message) is not None,
    ),
    ToldDeed(
        ("kipVerify", "skip-verify", "skip_verify", "kipTLSVerify", "erification", "alidation", "LS check", "ls check"),
        late(
            r"\b(?:set|setting|enabl(?:ed|ing)|turn(?:ed|ing) on|switch(?:ed|ing) on|add(?:ed|ing)|patched|patching) "
            r"(?:--)?[\w.-]{0,60}insecure[_-]?skip[_-]?(?:tls[_-]?)?verify\b(?![\"']?(?:[=:]| to)? ?[\"']?(?:false|"
            r"off|0))|"
            r"\b(?:certificate|tls|ssl) (?:verification|validation|checks?) (?:was |is |now |has been )?"
            r"(?:disabled|bypassed|(?:switched|turned) off)\b|"
            r"\b(?:disabl|bypass|(?:switch|turn)(?:ed|ing)? off)(?:ed|ing)? (?:the )?"
            r"(?:certificate|tls|ssl) (?:verification|validation|checks?)\b",
            re.IGNORECASE,
        ),
        "switches the check of certificates off",
        "Anybody may answer in the place of whom it calls.",
    ),
    ToldDeed(
        (" CA", "CA "),
        late(
            rf"\b(?i:root|internal|intermediate|issuing|cluster|mesh|signing|private) CA{_ITS_PARTS} "
            r"(?:replaced|overwritten|regenerated|recreated|exchanged|deleted|removed)\b(?! from\b)|"
            rf"\b(?i:replac|overwr|regenerat|recreat|exchang|delet)(?:ed|ing|iting|itten) (?:the )?(?:\w{{1,20}} "
            rf"){{0,2}}(?<!expired )(?i:{_CA}){_NOT_ITSELF}"
        ),
        "exchanges the authority that others' certificates rest on",
        "Each certificate that it has signed is trusted by nobody from now on.",
        Severity.CRITICAL,
        unless=lambda line, _match: _KEPT_BESIDE.search(line.message) is not None,
    ),
    ToldDeed(
        ("evok", "EVOK"),
        late(
            r"\brevok(?:ed|ing) (?:the )?(?:root|intermediate|issuing|signing)"
            r"(?: CN=| (?:certificate|cert)(?: CN=| [\"'`])| (?:\S{1,60} )?CA\b(?! lists?\b))",
            re.IGNORECASE,
        ),
        "revokes the authority that others' certificates rest on",
        "Each certificate that it has signed is trusted by nobody from now on.",
        Severity.CRITICAL,
        unless=lambda line, _match: _OF_A_TEST.search(line.message) is not None,
    ),
    ToldDeed(
        ("revoked",),
        late(
            r"\b(?:bulk |mass )?(?:revocation|certificates)\b[^\n.;\d]{0,40}(?P<count>\d{1,6}) revoked\b", re.IGNORECASE
        ),
        "revokes many certificates at once",
        "Whoever shows one of them is turned away from now on.",
        unless=lambda _line, match: number_in(match, "count") < _MANY,
    ),
    ToldDeed(
        ("ttempt", "etry"),
        late(
            r"\b(?:delet|remov|recreat|wip|purg|re-?issu|revok)ing (?:[\w./-]{1,60} ){0,4}?"
            r"(?:orders?|cert(?:ificate)?s?|secrets?|csrs?|challenges?|(?:private |signing )?keys?)\b[^\n]{0,160}?"
            r"\b(?:attempt|retry)[=: #]{1,2}(?P<count>\d{1,6})\b",
            re.IGNORECASE,
        ),
        "takes the same thing away again and again",
        "So many tries have not helped. What it asks for anew is counted, and refused in the end.",
        unless=lambda _line, match: number_in(match, "count") < _OFTEN,
    ),
    ToldDeed(
        ("ertificates", "ecrets", "eys", "redentials"),
        late(
            r"\b(?:renew|re-?issu|rotat|re-?creat|revok|replac)(?:ing|ed) (?:all |every |the |of )*(?:remaining |"
            r"other )?"
            r"(?P<count>\d{1,6}) (?:valid |active |live |remaining |other )*"
            r"(?:certificates|secrets|(?:signing |api |access |service account )?keys|"
            r"credentials)\b(?! (?:that (?:are|were) )?(?:older than|expir|due))",
            re.IGNORECASE,
        ),
        "makes many keys or certificates anew at once",
        "Whoever gives them out counts them; one at a time shows whether it goes well.",
        unless=lambda _line, match: number_in(match, "count") < _MANY,
    ),
)


@rule("trust-broken", Severity.WARNING, Kind.DECISION, lines=interests(_BROKEN))
def trust_broken(subject: Decision, _view: View) -> Iterable[Verdict]:
    """It breaks what others trust it by: a CA that is exchanged, a self-signed certificate, a check that is off.

    By its own words. Critical for an authority that others' certificates rest on, unless the old one is said to stay
    beside it. Ten certificates or keys that are made anew at once are a warning, and so is what is taken away for the
    fifth time to be asked for again. The SmartScaler write-up: it went on since the load that it measured was its own.
    """
    yield from verdicts(_BROKEN, subject)
