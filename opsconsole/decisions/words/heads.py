"""Words before a colon that tell how what follows is meant, or what it is, and name no logger."""

from __future__ import annotations

from opsconsole.decisions.words.sets import wordset

_ENGLISH = wordset(
    "error failed warning could cannot unable skipping note reason traceback retrying action thought would event if "
    "recommendation recommended suggestion proposal plan planned decision result done summary rejected refused denied "
    "forbidden aborted cancelled canceled skipped blocked proposing "
    "recommending suggesting planning simulating vetoed simulated simulation dry dryrun dry-run preview proposed "
    "executed completed finished success successful ok "
    "pending invoking put putting woke waking took taking shut shutting"
)
_OTHERS = wordset(
    "probelauf testlauf trockenlauf vorschlag vorgeschlagen empfohlen empfehlung abgelehnt übersprungen fehlgeschlagen "
    "essai recommandé recommandée recommandation proposition proposé refusé refusée ignoré échec "
    "simulación prueba ensayo recomendado recomendada recomendación propuesta sugerencia rechazado rechazada omitido "
    "simulação teste sugestão recomendação proposta rejeitado ignorado falhou falha "
    "simulazione prova consigliato consigliata consiglio suggerimento raccomandazione rifiutato saltato fallito "
    "proefdraaien simulatie voorstel aanbevolen aanbeveling geweigerd overgeslagen mislukt "
    "propozycja rekomendacja sugestia symulacja odrzucono pominięto niepowodzenie "
    "fehler erreur falló fallido fallo errore błąd ошибка сбой предлагаю 建议 失败 提案 失敗 제안 실패 "
    "симуляция пробный предложение рекомендуется рекомендация отклонено пропущено"
)
NO_LOGGERS = _ENGLISH | _OTHERS
"""What a line may begin with before a colon: ``Probelauf: Skaliere …``, ``recommended: scale …``."""

MODES = wordset(
    "noop no-op whatif what-if preview simulate simulated simulation sim dry shadow recommend recommended "
    "recommendation suggest suggested suggestion propose proposed proposal advice advise advised"
)
"""What a tag before a message says of how it is meant: ``[noop] deleting pod a``."""
