"""How languages of Europe name the number of replicas: ``Anzahl der Replikate von Deployment shop/web``."""

from __future__ import annotations

from opsconsole.decisions.words.foreign.tongue import Tongue, rows

# ruff: noqa: RUF001 - letters of Russian are meant

_BARE = (
    r"(?:die )?(?:Anzahl|Zahl) (?:der |von |an )?(?:Replikate?n?|Replikas?|Replicas|Repliken|Instanzen)",
    r"(?:le |du |au )?nombre (?:de |d')(?:réplicas?|répliques?|replicas?|instances)",
    r"(?:el |del |la |o |do |a |da )?(?:n[úu]mero|cantidad|quantidade|cuenta|contagem) de (?:r[ée]plicas?|instancias)",
    r"(?:il |del |la )?(?:numero|quantità) di (?:repliche|replica|istanze)",
    r"(?:het )?aantal (?:replica's|replicas|instanties)",
    r"(?:числ[оау]|количеств[оау]) реплик",
    r"(?:liczb[aęyą]|ilość|ilości) replik",
)
_OF = (
    r" (?:von(?: dem| der)?|vom|des|der|für|du|de la|de|des|pour|del|do|da|para|per|della|dello|di|van(?: de| het)?|"
    r"voor(?: de| het)?|для|у|dla)(?= \D)"
)
_BEFORE_OBJECT = r"(?= (?:deployment|statefulset|replicaset|daemonset|rollout|['\"]?[a-z0-9][\w.-]{0,62}/)(?!\d))"
"""Russian and Polish need no word between the number and whose it is."""
ROWS = tuple(
    (f"(?:{'|'.join(_BARE)}){behind}", english)
    for behind, english in ((_OF, "replicas of"), (_BEFORE_OBJECT, "replicas of"), ("", "replicas"))
) + rows(r"""
(deployment|statefulset|daemonset|pod|namespace)(?:u|owi|em|zie|ie|'u|'a|а|у|е|ом) => \g<1>
""")


def with_counts(tongue: Tongue) -> Tongue:
    """The language with these words before its others, which have ``de`` and ``von`` alone."""
    return tongue._replace(others=ROWS + tongue.others)
