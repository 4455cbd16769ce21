"""Other languages than English: what is not done, called off or only recommended is no deed; the rest is one."""

from __future__ import annotations

import pytest

from opsconsole.records import Mood
from tests.decisions.strangers.tables import read

AT = "2026-08-12T09:14:02Z INFO "
# ruff: noqa: RUF001 - marks and letters of other languages are meant
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
    "Löschen von Namespace prod abgelehnt",
    "Deployment web darf nicht gelöscht werden",
    "No se permite eliminar el namespace prod",
    "il n'est pas permis de supprimer le namespace prod",
    "Eliminazione del namespace prod non riuscita",
    "Proposta: excluir o namespace prod (aguardando aprovação)",
    "Удаление namespace prod запрещено",
    "Nie udało się usunąć namespace prod",
    "不允许删除命名空间 prod",
    "删除 namespace prod 失败: 权限不足",
    "namespace prod の削除に失敗しました",
    "namespace prod 삭제할 수 없습니다",
]
DEEDS = [
    "Keine Last: Deployment web von 3 auf 0 Replikate skaliert",
    "Wegen keiner Last Deployment web von 3 auf 0 Replikate skaliert",
    "Lösche Deployment web: antwortet nicht",
    "Lösche Pod web-1 da nicht benötigt",
    "Aucune charge: déploiement web réduit de 3 à 0 réplicas",
    "Nenhum tráfego: escalonando deployment web de 3 para 0 réplicas",
    "Latenz zu hoch: Deployment web von 3 auf 0 Replikate skaliert",
    "Neustart von Deployment web fehlgeschlagen, lösche Namespace prod",
    "Löschen der Sicherung fehlgeschlagen, lösche Namespace prod",
    "Falló el reinicio; eliminando namespace prod",
    "Échec du redémarrage, namespace prod supprimé",
    "Riavvio fallito, eliminando il namespace prod",
    "Не удалось сделать копию, удаляю namespace prod",
    "Usuwam namespace prod (nie powiodło się tworzenie kopii)",
    "重启失败，删除命名空间 prod",
    "已拒绝备份，删除 namespace prod",
    "違反禁止删除备份，已删除 namespace prod",
    "再起動に失敗しました、namespace prod を削除しました",
    "재시작 실패, namespace prod 삭제했습니다",
    "ошибка: копии нет, удаляю namespace prod",
    "建议未采纳，已删除 namespace prod",
    "删除 namespace prod 成功",
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
