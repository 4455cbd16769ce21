"""Other languages than English: what is not done, called off or only recommended is no deed; the rest is one."""

from __future__ import annotations

import pytest

from opsconsole.records import Mood
from tests.decisions.strangers.tables import read

AT = "2026-08-12T09:14:02Z INFO "
NO_DEED = [
    "Es wurden keine Pods gelöscht",
    "aucun pod supprimé",
    "ningún pod eliminado",
    "nenhum pod removido",
    "nessun pod eliminato",
    "geen pods verwijderd",
    "Lösche Pod web-1 nicht: PDB verletzt",
    "Skaliere Deployment web nicht von 3 auf 0 Replikate",
    "schaal deployment web niet van 3 naar 0",
    "Es wird empfohlen: Deployment web von 3 auf 0 Replikate skaliert",
    "se recomienda escalado del deployment web de 3 a 0 réplicas",
    "рекомендуется удаление pod web-1",
    "удаление pod web-1 отменено",
    "suppression du pod web-1 annulée",
    "Löschen von Pod web-1 abgebrochen",
    "eliminando pod web-1 cancelado",
    "removendo pod web-1 cancelado",
    "正在删除 pod web-1 被拒绝",
    "建议 deployment web 缩容到 0",
    "Latenz von deployment web von 3 auf 5 erhöht",
    "la latence du deployment web augmentée de 3 à 5",
]
DEEDS = [
    "Keine Last: Deployment web von 3 auf 0 Replikate skaliert",
    "Wegen keiner Last Deployment web von 3 auf 0 Replikate skaliert",
    "Lösche Deployment web: antwortet nicht",
    "Lösche Pod web-1 da nicht benötigt",
    "Aucune charge: déploiement web réduit de 3 à 0 réplicas",
    "Nenhum tráfego: escalonando deployment web de 3 para 0 réplicas",
    "Latenz zu hoch: Deployment web von 3 auf 0 Replikate skaliert",
]


def does(text: str) -> list[str]:
    return [each.verb for each in read(AT + text) if each.mood in (Mood.DONE, Mood.PLANNED) and each.verb]


@pytest.mark.parametrize("text", NO_DEED)
def test_what_is_not_done_in_another_language_is_no_deed(text: str) -> None:
    assert not does(text)


@pytest.mark.parametrize("text", DEEDS)
def test_a_reason_in_another_language_silences_no_deed(text: str) -> None:
    assert does(text)


@pytest.mark.parametrize(
    ("head", "done"),
    [
        ("Recommendation applied", True),
        ("Applying recommendation", True),
        ("The proposal was accepted by ana", True),
        ("As recommended", True),
        ("Recommendation", False),
        ("Recommendation not applied", False),
        ("Would have applied recommendation", False),
        ("Until the recommendation is approved", False),
    ],
)
def test_a_recommendation_that_is_carried_out_is_a_deed(head: str, done: bool) -> None:
    assert bool(does(f"{head}: scaling deployment shop/web from 3 to 0 replicas")) is done
