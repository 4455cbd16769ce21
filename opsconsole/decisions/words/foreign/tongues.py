"""Everyday words of other languages than English for what optimizers do, as rows of a pattern and its English words.

Only words that mean one thing are here. A row that names a deed says that the text is in the language; the other rows
are read in such a text alone: ``do`` and ``die`` are English too.
"""

from __future__ import annotations

from opsconsole.decisions.words.foreign import tongue_counts, tongue_deeds, tongue_umlauts
from opsconsole.decisions.words.foreign.tongue import Tongue
from opsconsole.decisions.words.foreign.tongue import rows as _rows
from opsconsole.decisions.words.foreign.tongue_asides import with_asides
from opsconsole.decisions.words.foreign.tongues_east import CHINESE, JAPANESE, KOREAN, POLISH, RUSSIAN

_GERMAN = Tongue(
    tongue_deeds.GERMAN
    + _rows(r"""
(?:verkleinere|vergrößere|schrumpfe) => scaling
(?:verkleinert|vergrößert) => scaled
starte (['"\w./ -]{1,120}?) neu => restarting \g<1>
(?:leere)(?= (?:den )?Knoten) => draining
(?:sperre)(?= (?:den )?Knoten) => cordoning
(?:verdränge)(?= (?:den )?pod) => evicting
Knoten (['"\w.-]+) (?:zu )?leeren => drain node \g<1>
(pod|deployment|statefulset|job|namespace) (['"\w./-]+) (?:zu )?(?:löschen|entfernen) => delete \g<1> \g<2>
(pod|deployment|statefulset) (['"\w./-]+) (?:zu )?neu ?starten => restart \g<1> \g<2>
(?:Fehler|Problem) beim (?:Löschen|Entfernen)(?: von| des| der)? => failed to delete
(?:Fehler|Problem) beim (?:Hoch|Herunter)?skalieren(?: von| des| der)? => failed to scale
(?:Fehler|Problem) beim (?:Leeren|Räumen)(?: von| des| der)? => failed to drain
(?:Fehler|Problem) beim (?:Verdrängen)(?: von| des| der)? => failed to evict
(?:Fehler|Problem) beim (?:Neustart(?:en)?)(?: von| des| der)? => failed to restart
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
(?:darf|dürfen) nicht => must not be
(?:kann|können) nicht => cannot be
(?:werden|wird) =>
(?:wurden?|worden) => was
(?:fehlgeschlagen|gescheitert) => failed
(?:übersprungen) => skipped
abgelehnt => rejected
würden? => would
(?:Probelauf|Testlauf|Trockenlauf)(?! (?:ist |wurde )?(?:beendet|aus|deaktiviert|vorbei|übersprungen)) => dry run
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
    tongue_deeds.FRENCH
    + _rows(r"""
(?:passe|passent)(?= de \d) => goes
(?:(?:est|sont|a été|ont été) )?passée?s?(?= de \d) => went
(?:il est )?interdit de supprimer => not allowed to delete
(?:il est )?interdit de redémarrer => not allowed to restart
impossible de supprimer => failed to delete
impossible de redémarrer => failed to restart
impossible de (?:vider|drainer) => failed to drain
impossible d'(?:évincer|expulser) => failed to evict
(?:échec|erreur) (?:de la|lors de la) suppression (?:du|de la|de l'|de|des) => failed to delete
(?:échec|erreur) (?:du|lors du) redémarrage (?:du|de la|de l'|de|des) => failed to restart
(?:échec|erreur) (?:de l'|lors de l')éviction (?:du|de la|de l'|de|des) => failed to evict
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
ne (?:sera|seront) pas => will not be
(?:n'a|n'ont) pas été => was not
(?:n'est|ne sont) pas => is not
aucune?(?= (?:pod|node|deployment|job|n(?:œ|oe)ud|déploiement)) => no
comme (?:recommandé|proposé)e?(?=:| :) => as recommended
recommandée?s? => recommended
annulée?s? => aborted
(?:latence|taux d'erreurs?) => latency
n'(?:a|ont) pas pu être => could not be
(?:échec(?! (?:de|du) )|échoué) => failed
ignorée?s? => skipped
refusée?s? => rejected
(?:simulation|essai)(?! (?:est )?(?:terminé|désactivé|fini|achevé|ignoré)e?)(?= ?:|$| ) => dry run
(?:serait|seraient) => would be
(?:proposition|recommandation)(?= ?:) => proposal
en attente (?:d'approbation|de validation|de confirmation|d'accord) => waiting for approval
(?:a été|ont été) => was
(?:dans l'|dans le )?espace(?: de noms)?(?!=) => in namespace
(?:limite (?:de )?mémoire) => memory limit
(?:limite (?:de )?CPU) => cpu limit
(?:demande|requête) (?:de )?mémoire => memory request
(?:demande|requête) (?:de )?CPU => cpu request
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
    tongue_deeds.SPANISH
    + _rows(r"""
(?:pasa|pasan)(?= de \d) => goes
(?:pasó|pasaron|ha pasado|han pasado)(?= de \d) => went
(?:fallo|error) al (?:eliminar|borrar) => failed to delete
(?:fallo|error) al (?:escalar|redimensionar) => failed to scale
(?:fallo|error) al reiniciar => failed to restart
(?:fallo|error) al desalojar => failed to evict
(?:fallo|error) al drenar => failed to drain
(?:drenando|vaciando)(?= (?:el )?(?:nodo|node)) => draining
drenad[oa]s? => drained
(?:escalando|redimensionando) => scaling
(?:escalad[oa]s?|redimensionad[oa]s?) => scaled
(?:eliminando|borrando) => deleting
(?:eliminad[oa]s?|borrad[oa]s?) => deleted
reiniciando => restarting
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
no (?:se (?:permite|autoriza|puede)|está permitido) (?:eliminar|borrar) => not allowed to delete
no (?:se (?:permite|autoriza|puede)|está permitido) escalar => not allowed to scale
no (?:se (?:permite|autoriza|puede)|está permitido) reiniciar => not allowed to restart
no (?:se (?:permite|autoriza|puede)|está permitido) (?:drenar|vaciar) => not allowed to drain
no se pudo (?:eliminar|borrar) => could not delete
no se pudo escalar => could not scale
no se pudo reiniciar => could not restart
"""),
    _rows(r"""
ningún(?= (?:pod|node|deployment|job|nodo|despliegue)) => no
no (?:será|serán) => will not be
no (?:fue|fueron|ha sido|han sido) => was not
(?:como se recomendó|según lo recomendado|como se recomienda)(?=:) => as recommended
(?:se recomienda|recomendad[oa]s?) => recommended
(?:pendiente de|en espera de|esperando(?: la)?) (?:aprobación|confirmación|autorización) => waiting for approval
cancelad[oa]s? => aborted
(?:latencia|tasa de errores) => latency
no se pudo => could not
(?:falló(?! (?:el|la|un|una) )|fallido|fallida) => failed
(?:omitid[oa]) => skipped
(?:rechazad[oa]) => rejected
(?:simulación(?! (?:terminad|finalizad|completad|desactivad|acabad|omitid)a)|(?:prueba|ensayo)(?=:)) => dry run
(?:propuesta|sugerencia|recomendación)(?=:) => proposal
(?:eliminar|borrar) => delete
escalar => scale
reiniciar => restart
en (?:el )?(?:namespace|espacio(?: de nombres)?) => in namespace
en(?= [a-z][a-z0-9-]{1,62}(?:[:,;.)]|$| de \d)) => in
límite de memoria => memory limit
límite de CPU => cpu limit
(?:solicitud|petición|request) de memoria => memory request
(?:solicitud|petición|request) de CPU => cpu request
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
    tongue_deeds.PORTUGUESE
    + _rows(r"""
(?:passa|passam)(?= de \d) => goes
(?:passou|passaram)(?= de \d) => went
(?:falha|erro) (?:ao|em) (?:excluir|remover) => failed to delete
(?:falha|erro) (?:ao|em) (?:escalar|escalonar|redimensionar) => failed to scale
(?:falha|erro) (?:ao|em) reiniciar => failed to restart
(?:falha|erro) (?:ao|em) despejar => failed to evict
(?:falha|erro) (?:ao|em) drenar => failed to drain
reiniciando => restarting
despejando => evicting
drenando => draining
drenad[oa]s? => drained
(?:aumentando) => increasing
(?:escalonando|dimensionando|redimensionando) => scaling
(?:escal(?:on)?ad[oa]s?|redimensionad[oa]s?) => scaled
(?:excluindo|removendo) => deleting
(?:excluíd[oa]s?|removid[oa]s?) => deleted
(?:reiniciad[oa]s?) => restarted
(?:despejad[oa]s?) => evicted
suspens[oa]s? => suspended
(?:aumentad[oa]s?) => increased
(?:reduzid[oa]s?) => reduced
(?:alterad[oa]s?) => changed
(?:alterando) => changing
não (?:é|está) permitido (?:excluir|remover) => not allowed to delete
não (?:é|está) permitido reiniciar => not allowed to restart
não foi possível (?:excluir|remover) => could not delete
não foi possível escalar => could not scale
não foi possível reiniciar => could not restart
"""),
    _rows(r"""
nenhum(?= (?:pod|node|deployment|job|nó)) => no
não (?:será|serão) => will not be
não (?:foi|foram) => was not
(?:os?|as?)(?= (?:pods?|deployments?|nodes?|nó|job|statefulset|namespace|daemonset|\
limite|memória|cpu|réplicas?)\b) => the
(?:como|conforme) (?:recomendado|sugerido)(?=:) => as recommended
(?:recomenda-se|recomendad[oa]s?) => recommended
(?:aguardando|à espera de|pendente de|esperando) (?:a )?(?:aprovação|confirmação|autorização) => waiting for approval
cancelad[oa]s? => aborted
(?:latência|taxa de erros) => latency
não foi possível => could not
(?:falhou(?! [oa] )|falha(?! (?:na|no|da|do) )) => failed
(?:ignorad[oa]) => skipped
(?:rejeitad[oa]) => rejected
(?:simulação(?! (?:terminad|finalizad|concluíd|desativad|encerrad|ignorad)a)|teste(?=:)) => dry run
(?:proposta|sugestão|recomendação)(?=:) => proposal
(?:excluir|remover) => delete
escalar => scale
reiniciar => restart
no (?:namespace) => in namespace
limite de memória => memory limit
limite de CPU => cpu limit
(?:solicitação|requisição|request) de memória => memory request
(?:solicitação|requisição|request) de CPU => cpu request
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
    tongue_deeds.ITALIAN
    + _rows(r"""
(?:scalando|ridimensionando) => scaling
(?:scalat[oaie]|ridimensionat[oaie]) => scaled
(?:eliminando) => deleting
(?:eliminat[oaie]|cancellat[oaie]) => deleted
(?:passa|passano)(?= da \d) => goes
(?:è passat[oa]|sono passat[ei])(?= da \d) => went
errore (?:durante|nel)(?: l')? ?(?:eliminazione|eliminare)(?: del| della| di)? => failed to delete
errore (?:durante|nel)(?: il)? ?(?:riavvio|riavviare)(?: del| della| di)? => failed to restart
(?:riavviando) => restarting
(?:riavviat[oaie]) => restarted
(?:sfrattat[oaie]) => evicted
sospes[oaie] => suspended
(?:aumentat[oaie]) => increased
(?:ridott[oaie]) => reduced
non è (?:consentito|permesso) eliminare => not allowed to delete
non è (?:consentito|permesso) riavviare => not allowed to restart
impossibile eliminare => could not delete
impossibile scalare => could not scale
impossibile riavviare => could not restart
"""),
    _rows(r"""
nessun(?= (?:pod|node|deployment|job|nodo)) => no
non (?:sarà|saranno) => will not be
non (?:è stat[oa]|sono stat[ei]) => was not
come (?:consigliato|raccomandato|proposto)(?=:) => as recommended
(?:consigliat[oaie]|raccomandat[oaie]) => recommended
in attesa di (?:approvazione|conferma|autorizzazione) => waiting for approval
annullat[oaie] => aborted
(?:latenza|tasso di errore) => latency
impossibile => could not
(?:fallit[oa]) => failed
(?:saltat[oa]|ignorat[oa]) => skipped
(?:rifiutat[oa]) => rejected
(?:simulazione(?! (?:terminat|finit|conclus|completat|disattivat|saltat)a)|prova(?=:)) => dry run
(?:proposta|suggerimento|raccomandazione|consiglio)(?=:) => proposal
eliminare => delete
scalare => scale
riavviare => restart
nel (?:namespace) => in namespace
limite (?:di )?memoria => memory limit
limite (?:di )?CPU => cpu limit
richiesta (?:di )?memoria => memory request
richiesta (?:di )?CPU => cpu request
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
    tongue_deeds.DUTCH
    + _rows(r"""
(?:gaat|gaan)(?= van \d) => goes
(?:ging|gingen)(?= van \d) => went
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
proefdraai(?=\)) => dry run
(?:voorstel|aanbeveling)(?=:) => proposal
worden =>
(?:wordt) => being
(?:is|werd|werden) => was
wacht op (?:goedkeuring|bevestiging) => waiting for approval
geheugenlimiet => memory limit
CPU-limiet => cpu limit
geheugen => memory
replica's => replicas
van(?= \d) => from
naar(?= \d) => to
van => of
(?:de|het) => the
"""),
)

_EUROPE = {"de": _GERMAN, "fr": _FRENCH, "es": _SPANISH, "pt": _PORTUGUESE, "it": _ITALIAN, "nl": _DUTCH}
_EUROPE |= {"ru": RUSSIAN, "pl": POLISH}
_ALL = {name: tongue_counts.with_counts(tongue) for name, tongue in _EUROPE.items()}
_ALL |= {"zh": CHINESE, "ja": JAPANESE, "ko": KOREAN}
_TONGUES = {name: with_asides(name, tongue) for name, tongue in _ALL.items()}
TONGUES = tuple((_TONGUES | {"de": tongue_umlauts.without(_TONGUES["de"])}).values())
