"""Commands on the machine under a node, and past the API server: ``ssh``, ``nsenter``, ``nvidia-smi``, ``etcdctl``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from opsconsole.decisions.meaning.deeds import Act
from opsconsole.decisions.meaning.programs.commands import kubectl
from opsconsole.decisions.words import kinds
from opsconsole.patterns import late
from opsconsole.records import Mood, Ref

MOST = 20
"""Commands of one text."""

TOOLS = ("systemctl ", "service ", "reboot", "poweroff", "shutdown ", "nvidia-smi ", "etcdctl ", "modprobe ", "rmmod ")
"""A text without any of them tells no such command."""

_UNIT = (
    r"(?:kubelet|containerd|docker|dockerd|cri-?o|crio|etcd|kube-[\w-]+|k3s(?:-agent)?|rke2-\w+|flanneld?|calico\S*|"
    r"cilium\S*|nvidia-\S+|NetworkManager|systemd-networkd|networking|firewalld|iptables|nftables|keepalived|haproxy)"
    r"(?:\.service)?"
)
"""What a node stands on; a program of its own that runs there is none."""

_DOES = late(
    r"(?<![\w/.-])(?:/\S{0,100}/)?(?:"
    r"systemctl (?:--?[\w=-]+ )*(?P<service>restart|stop|kill|disable|mask|try-restart|reload-or-restart)"
    rf"(?: --?[\w=-]+)* {_UNIT}(?![\w-])|"
    rf"service {_UNIT} (?P<old>restart|stop)\b|"
    r"(?P<boot>(?:systemctl (?:--?[\w=-]+ )*)?(?:reboot|poweroff|halt)(?=\s*(?:['\"`\];&|)]|-|now\b|$))|"
    r"shutdown (?:-\w+ )*(?:now|\+?\d)|"
    r"shutdown -[rhP]\b)|"
    r"nvidia-smi (?P<gpu>[^;|&\n]{0,120}?(?:-mig[ =]?[01]\b|--multi-instance-gpu[= ]|--gpu-reset\b|(?<= )-r\b|"
    r"(?:-pm|-pl|-c|-e|-ac|-lgc)[ =]?\d|mig (?:\S+ ){0,4}?-(?:cgi|dgi|cci|dci)\b))|"
    r"(?P<module>rmmod|modprobe (?:-r|--remove)) (?:-\w+ )*(?:nvidia|amdgpu|i915|xe)\w*|"
    r"(?P<store>etcdctl (?:--\S+ )*(?:del|put|rm)) (?:--\S+ )*['\"]?/registry/(?:[\w.-]+\.[\w.-]+/)?"
    r"(?P<path>[\w./-]{0,400})"
    r")"
)
_SSH = late(
    r"(?<![\w/.-])ssh(?:\s+-(?>[oipJlFEbcmLRDQSWw]\s*\S+|[A-Za-z]+))*+\s+(?:[\w.-]+@)?"
    r"(?P<host>[A-Za-z0-9][\w.-]*)(?:\s+--)?\s+['\"]?(?:sudo(?:\s+-\w+)*\s+)?$"
)
_ON = late(
    r"\b(?:nsenter|chroot /host)\b[^;|&\n]{0,200}$|"
    r"\bkubectl debug node/(?P<debugged>[\w.-]+)[^;|&\n]{0,200}$|"
    r"\b(?:exec|executing|executed|ran|run|running)(?: (?:a )?command)? on (?:node |host )?"
    r"(?P<on>[A-Za-z0-9][\w.-]*): ['\"`]?(?:sudo(?:\s+-\w+)* )?$",
    re.IGNORECASE,
)
_ENV = r"(?:\w+=\S* +)*+(?:sudo(?:\s+-\w+)*+\s+)?(?:\w+=\S* +)*+"
_TYPED = late(
    r"(?:^|[$#>] |&& ?|; |\b(?:running|executing|ran|executed|exec|run|cmd|command|bash)(?: command)?:? ['\"`\[]?)"
    rf"{_ENV}$",
    re.IGNORECASE,
)
_BEHIND = late(r"[^;|&\n]{0,60}? (?:on|for) (?:node:? |host )(?P<behind>[A-Za-z0-9][\w.-]*)", re.IGNORECASE)
_BACK = 400
"""Characters before a command in which it is looked for how it got there."""


def find(text: str) -> list[Act]:
    """The actions of every such command in a text; none of a command that is only spoken of."""
    if not any(tool in text for tool in TOOLS):
        return []
    return [act for act in _acts(text) if act.mood is not Mood.NONE]


def _acts(text: str) -> Iterator[Act]:
    for match, _ in zip(_DOES.finditer(text), range(MOST), strict=False):
        before = text[max(0, match.start() - _BACK) : match.start()]
        lead = _SSH.search(before) or _ON.search(before) or _TYPED.search(before)
        if lead is None:
            continue
        mood = kubectl.meant(before[: lead.start()], text[match.end() : match.end() + 100], is_dry=False)
        if match["store"]:
            yield _of_store(match, mood)
            continue
        told = lead.groupdict()
        behind = _BEHIND.match(text, match.end())
        name = told.get("host") or told.get("on") or told.get("debugged") or (behind["behind"] if behind else "")
        node = (Ref("Node", "", name),)
        if match["gpu"]:
            yield Act("patch", "update_gpu_mode", mood, node)
        elif match["module"]:
            yield Act("patch", "upgrade_driver", mood, node)
        else:
            yield Act("restart", "reboot_host" if match["boot"] else "restart_node_service", mood, node)


def _of_store(match: re.Match[str], mood: Mood) -> Act:
    """What is written past the API server, where no admission and no audit sees it."""
    kind, *place = [part for part in match["path"].split("/") if part] or [""]
    of = kinds.of_word(kind) or kind
    namespace, name = (place[0], place[1]) if len(place) > 1 else ("", "".join(place))
    verb = "patch" if match["store"].endswith("put") else "delete"
    return Act(verb, f"etcdctl {verb}", mood, (Ref(of, namespace, name),) if name else ())
