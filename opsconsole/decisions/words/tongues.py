"""Everyday words of other languages than English for what optimizers do, as rows of a pattern and its English words.

Only words that mean one thing are here. A row that names a deed says that the text is in the language; the other rows
are read in such a text alone: ``do`` and ``die`` are English too.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Tongue(NamedTuple):
    """A language: words that name a deed, the other words, and which mark parts the decimals of its numbers."""

    deeds: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]
    comma: bool = True


def _rows(text: str) -> tuple[tuple[str, str], ...]:
    lines = (line.partition(" => ") for line in text.strip().splitlines())
    return tuple((pattern.strip(), english.strip()) for pattern, _, english in lines)


_GERMAN = Tongue(
    _rows(r"""
(?:hoch|herunter|runter)?skaliere?n? => scaling
(?:(?:hoch|herunter|runter)?skaliert|hochgefahren|heruntergefahren) => scaled
(?:lösche|entferne) => deleting
(?:löschen|entfernen) => delete
(?:gelöscht|entfernt) => deleted
(?:neu gestartet|neugestartet) => restarted
(?:zurückgerollt) => rolled back
(?:erhöht|angehoben) => increased
(?:gesenkt|verringert|reduziert|halbiert) => reduced
(?:erhöhe) => increasing
(?:senke|verringere|reduziere) => reducing
(?:setze)(?= .*\d) => setting
(?:verdrängt) => evicted
geleert => drained
Knoten (['"\w.-]+) (?:wurde |ist )?gesperrt => node \g<1> cordoned
pausiert => paused
(?:ausgesetzt)(?= \(suspend|$) => suspended
"""),
    _rows(r"""
keine(?= (?:pod|node|deployment|job|Knoten)) => no
(?:werden|wird|wurden?) nicht => was not
wie (?:empfohlen|vorgeschlagen)(?=:) => as recommended
empfohlen => recommended
abgebrochen => aborted
(?:Fehlerrate|Latenz) => latency
konnten? nicht => could not
(?:werden|wird) =>
(?:wurden?|worden) => was
(?:fehlgeschlagen|gescheitert) => failed
(?:übersprungen) => skipped
abgelehnt => rejected
würden? => would
(?:Probelauf|Testlauf|Trockenlauf) => dry run
(?:Vorschlag|Empfehlung)(?=:) => proposal
Knotengruppe => node group
Sollgröße => desired
Mindestgröße => min
(?:Höchstgröße|Maximalgröße) => max
(?:wartet auf|warte auf) (?:Freigabe|Genehmigung) => waiting for approval
vorgeschlagen => proposed
(?:im|in|in dem) (?:Namensraum|Namespace) => in namespace
Namensraum => namespace
(?:Speicherlimit|Speichergrenze|Arbeitsspeicherlimit) => memory limit
(?:Speicheranforderung) => memory request
CPU-Limit => cpu limit
CPU-Anforderung => cpu request
(?:Arbeitsspeicher|Speicher) => memory
(?:Replikate?n?|Replikas?|Repliken|Instanzen) => replicas
Knoten => node
(?:vom|von)(?= \d) => from
(?:vom|von|für) => of
auf(?= \d) => to
auf null => to 0
(?:das|der|die|den|dem|des) => the
"""),
)

_FRENCH = Tongue(
    _rows(r"""
(?:passage)(?= (?:du|de la|de l'|de)\b.* de \d\S* à \d) => scaling
(?:mise à l'échelle) => scaling
(?:suppression)(?= (?:du|de la|de l'|de|des)\b) => deleting
supprimée?s? => deleted
(?:redémarrage)(?= (?:du|de la|de l'|de|des)\b) => restarting
redémarrée?s? => restarted
(?:éviction)(?= (?:du|de la|de l'|de|des)\b) => evicting
(?:évincée?s?|expulsée?s?) => evicted
vidée?s? => drained
(?:drainage)(?= (?:du|de la|de l'|de|des)\b) => draining
suspendue?s? => suspended
augmentée?s? => increased
(?:réduite?s?|abaissée?s?|diminuée?s?) => reduced
"""),
    _rows(r"""
aucune?(?= (?:pod|node|deployment|job|n(?:œ|oe)ud|déploiement)) => no
comme (?:recommandé|proposé)e?(?=:| :) => as recommended
recommandée?s? => recommended
annulée?s? => aborted
(?:latence|taux d'erreurs?) => latency
n'(?:a|ont) pas pu être => could not be
(?:échec|échoué) => failed
ignorée?s? => skipped
refusée?s? => rejected
(?:simulation|essai)(?= ?:|$| ) => dry run
(?:serait|seraient) => would be
(?:proposition|recommandation)(?= ?:) => proposal
en attente (?:d'approbation|de validation) => waiting for approval
(?:a été|ont été) => was
(?:dans l'|dans le )?espace(?: de noms)? => in namespace
(?:limite (?:de )?mémoire) => memory limit
(?:limite (?:de )?CPU) => cpu limit
mémoire => memory
(?:réplicas?|répliques?) => replicas
déploiement => deployment
(?:nœud|noeud) => node
de(?= \d) => from
à(?= \d) => to
(?:du|des|de la|de l'|de) => of
(?:le|la|les) => the
"""),
)

_SPANISH = Tongue(
    _rows(r"""
(?:escalando|redimensionando) => scaling
(?:escalad[oa]s?|redimensionad[oa]s?) => scaled
(?:eliminando|borrando) => deleting
(?:eliminad[oa]s?|borrad[oa]s?) => deleted
(?:reiniciando) => restarting
(?:reiniciad[oa]s?) => restarted
(?:desalojando) => evicting
(?:desalojad[oa]s?) => evicted
(?:aumentad[oa]s?) => increased
(?:reducid[oa]s?) => reduced
suspendid[oa]s? => suspended
(?:aumentando) => increasing
(?:reduciendo) => reducing
(?:alterad[oa]s?|modificad[oa]s?) => changed
no se (?:eliminan?|borran?) => did not delete
no se escalan? => did not scale
no se reinician? => did not restart
no se desalojan? => did not evict
no se pudo (?:eliminar|borrar) => could not delete
no se pudo escalar => could not scale
no se pudo reiniciar => could not restart
"""),
    _rows(r"""
ningún(?= (?:pod|node|deployment|job|nodo|despliegue)) => no
(?:como se recomendó|según lo recomendado|como se recomienda)(?=:) => as recommended
(?:se recomienda|recomendad[oa]s?) => recommended
cancelad[oa]s? => aborted
(?:latencia|tasa de errores) => latency
no se pudo => could not
(?:falló|fallido|fallida) => failed
(?:omitid[oa]) => skipped
(?:rechazad[oa]) => rejected
(?:simulación|(?:prueba|ensayo)(?=:)) => dry run
(?:propuesta|sugerencia|recomendación)(?=:) => proposal
(?:eliminar|borrar) => delete
escalar => scale
reiniciar => restart
en (?:el )?(?:namespace|espacio(?: de nombres)?) => in namespace
en(?= [a-z][a-z0-9-]{1,62}(?:[:,;.)]|$| de \d)) => in
límite de memoria => memory limit
límite de CPU => cpu limit
memoria => memory
réplicas? => replicas
(?:despliegue) => deployment
nodo => node
de(?= \d) => from
a(?= \d) => to
(?:del|de los|de las|de la|de) => of
(?:fue|ha sido|han sido) => was
(?:el|la|los|las) => the
"""),
)

_PORTUGUESE = Tongue(
    _rows(r"""
(?:escalonando|dimensionando|redimensionando) => scaling
(?:escal(?:on)?ad[oa]s?|redimensionad[oa]s?) => scaled
(?:excluindo|removendo) => deleting
(?:excluíd[oa]s?|removid[oa]s?) => deleted
(?:reiniciad[oa]s?) => restarted
(?:despejad[oa]s?) => evicted
suspens[oa]s? => suspended
(?:aumentad[oa]s?) => increased
(?:reduzid[oa]s?) => reduced
(?:reduzindo) => reducing
(?:alterad[oa]s?) => changed
(?:alterando) => changing
não foi possível (?:excluir|remover) => could not delete
não foi possível escalar => could not scale
não foi possível reiniciar => could not restart
"""),
    _rows(r"""
nenhum(?= (?:pod|node|deployment|job|nó)) => no
(?:como|conforme) (?:recomendado|sugerido)(?=:) => as recommended
(?:recomenda-se|recomendad[oa]s?) => recommended
cancelad[oa]s? => aborted
(?:latência|taxa de erros) => latency
não foi possível => could not
(?:falhou|falha) => failed
(?:ignorad[oa]) => skipped
(?:rejeitad[oa]) => rejected
(?:simulação|teste(?=:)) => dry run
(?:proposta|sugestão|recomendação)(?=:) => proposal
(?:excluir|remover) => delete
escalar => scale
reiniciar => restart
no (?:namespace) => in namespace
limite de memória => memory limit
limite de CPU => cpu limit
memória => memory
réplicas? => replicas
nó => node
de(?= \d) => from
para(?= \d) => to
(?:dos|das|do|da|de) => of
(?:foi|foram) => was
"""),
)

_ITALIAN = Tongue(
    _rows(r"""
(?:scalando|ridimensionando) => scaling
(?:scalat[oaie]|ridimensionat[oaie]) => scaled
(?:eliminando) => deleting
(?:eliminat[oaie]|cancellat[oaie]) => deleted
(?:riavviando) => restarting
(?:riavviat[oaie]) => restarted
(?:sfrattat[oaie]) => evicted
sospes[oaie] => suspended
(?:aumentat[oaie]) => increased
(?:ridott[oaie]) => reduced
impossibile eliminare => could not delete
impossibile scalare => could not scale
impossibile riavviare => could not restart
"""),
    _rows(r"""
nessun(?= (?:pod|node|deployment|job|nodo)) => no
come (?:consigliato|raccomandato|proposto)(?=:) => as recommended
(?:consigliat[oaie]|raccomandat[oaie]) => recommended
annullat[oaie] => aborted
(?:latenza|tasso di errore) => latency
impossibile => could not
(?:fallit[oa]) => failed
(?:saltat[oa]|ignorat[oa]) => skipped
(?:rifiutat[oa]) => rejected
(?:simulazione|prova(?=:)) => dry run
(?:proposta|suggerimento|raccomandazione|consiglio)(?=:) => proposal
eliminare => delete
scalare => scale
riavviare => restart
nel (?:namespace) => in namespace
limite (?:di )?memoria => memory limit
limite (?:di )?CPU => cpu limit
memoria => memory
(?:repliche|replica) => replicas
nodo => node
da(?= \d) => from
a(?= \d) => to
(?:del|della|dello|dei|delle|di) => of
(?:è stat[oa]|sono stat[ei]) => was
(?:il|lo|la|gli|le) => the
"""),
)

_DUTCH = Tongue(
    _rows(r"""
(?:schaal|opschalen|afschalen)(?= .*\d) => scaling
(?:geschaald|opgeschaald|afgeschaald) => scaled
verwijderd => deleted
verwijder => deleting
herstart => restarted
verhoogd => increased
verlaagd => reduced
"""),
    _rows(r"""
geen(?= (?:pod|node|deployment|job)) => no
zoals (?:aanbevolen|voorgesteld)(?=:) => as recommended
aanbevolen => recommended
geannuleerd => aborted
(?:latentie|foutpercentage) => latency
kon(?:den)? niet => could not
(?:mislukt) => failed
(?:overgeslagen) => skipped
(?:geweigerd) => rejected
(?:simulatie|proefdraaien)(?=:) => dry run
(?:voorstel|aanbeveling)(?=:) => proposal
worden =>
(?:wordt) => being
(?:is|werd|werden) => was
geheugenlimiet => memory limit
geheugen => memory
replica's => replicas
van(?= \d) => from
naar(?= \d) => to
van => of
(?:de|het) => the
"""),
)

# ruff: noqa: RUF001 - letters of Russian are meant
_RUSSIAN = Tongue(
    _rows(r"""
(?:масштабирую|масштабируем|масштабирование) => scaling
(?:масштабирован[аоы]?|отмасштабирован[аоы]?) => scaled
(?:удаляю|удаляем|удаление) => deleting
(?:удал[её]н[аоы]?) => deleted
(?:перезапускаю|перезапуск) => restarting
(?:перезапущен[аоы]?) => restarted
выведен[аоы]? из планирования => cordoned
(?:вытеснен[аоы]?) => evicted
(?:увеличен[аоы]?) => increased
(?:уменьшен[аоы]?|снижен[аоы]?) => reduced
не удалось удалить => could not delete
не удалось масштабировать => could not scale
не удалось перезапустить => could not restart
"""),
    _rows(r"""
как рекомендовано(?=:) => as recommended
рекомендуется => recommended
отмен[её]н[аоы]? => aborted
не удалось => could not
удалить => delete
масштабировать => scale
перезапустить => restart
(?:пропущен[аоы]?) => skipped
(?:отклонен[аоы]?|отклонён) => rejected
под(?=[аы]? ['"]?[a-z]) => pod
нод[аыуе] => node
уз(?:ел|ла|лу) => node
(?:деплоймент[ау]?|развертывани[яе]|развёртывани[яе]) => deployment
лимит памяти => memory limit
памят[ьи] => memory
реплик[иаеу]? => replicas
с(?= \d) => from
до(?= \d) => to
в (?:неймспейсе|пространстве им[её]н) => in namespace
"""),
)

_CHINESE = Tongue(
    _rows(r"""
跳过驱逐 => skipped evicting
跳过删除 => skipped deleting
跳过重启 => skipped restarting
跳过(?:扩容|缩容|扩缩) => skipped scaling
从 ?(\d+) ?个?副本? ?(?:扩容|缩容|扩展|调整)(?:到|至|为) ?(\d+) ?个?副本 => scaled from \g<1> to \g<2> replicas
(?:扩容|缩容|扩展|扩缩|伸缩)(?:到|至|为)? => scaled to
(?:已删除|删除了) => deleted
正在删除 => deleting
(?:已重启|重启了) => restarted
正在重启 => restarting
(?:已驱逐|驱逐了) => evicted
正在驱逐 => evicting
"""),
    _rows(r"""
建议 => recommended
被?拒绝 => rejected
已?取消 => aborted
[将把] =>
从 => from
(?:个)?副本(?:数)? => replicas
内存限制 => memory limit
节点 => node
失败 => failed
(?:无法|未能) => could not
命名空间 => namespace
"""),
    comma=False,
)

_JAPANESE = Tongue(
    _rows(r"""
(?:に|へ)?(?:スケール(?:アウト|イン|アップ|ダウン)?)(?:しました|した|します) => scaled
(?:を)?削除(?:しました|した) => deleted
(?:を)?再起動(?:しました|した) => restarted
(?:を)?退避(?:しました|した) => evicted
"""),
    _rows(r"""
(\d+) ?(?:個の)?(?:レプリカ)?から ?(\d+) ?(?:個の)?(?:レプリカ)? => from \g<1> to \g<2> replicas
[をの] =>
ノード => node
(?:デプロイメント) => deployment
失敗 => failed
"""),
    comma=False,
)

TONGUES = (_GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN, _DUTCH, _RUSSIAN, _CHINESE, _JAPANESE)


def compiled(rows: tuple[tuple[str, str], ...], *, apart: bool) -> list[tuple[re.Pattern[str], str]]:
    """The rows as patterns; ``apart``: between the ends of words, where the language parts them."""
    begin, end = (r"(?<![\w./-])", r"(?![\w/-])") if apart else (r"", r"")
    return [(re.compile(rf"{begin}(?:{pattern}){end}", re.IGNORECASE), f" {english} ") for pattern, english in rows]
