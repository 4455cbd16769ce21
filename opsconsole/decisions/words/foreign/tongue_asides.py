"""What other languages say of a deed beside its own word: that it is blocked, asked for, or that it is not done."""

from __future__ import annotations

from typing import NamedTuple

from opsconsole.decisions.words.foreign.tongue import Tongue, rows

_NUMBER = r"(?: ([!#]?\d+))?"
_DONE = r"(?:deleted|restarted|scaled|evicted|drained|cordoned|reduced|increased|changed|updated|suspended)"


class _Asides(NamedTuple):
    """Each is a pattern; an empty one is none."""

    blocked: str
    """An action that something stopped: ``acción bloqueada``."""
    opened: str
    """A request to change what a repository holds: ``demande de fusion !318 ouverte``; ``%s`` is its number."""
    negation: str
    """What stands before a participle: ``nicht verkleinert``."""


_SAID = {
    "de": _Asides(
        r"(?:Aktion|Maßnahme|Änderung)(?:en)? (?:wurden? |ist |sind )?(?:blockiert|abgelehnt|verweigert|verworfen|"
        r"unterbunden|untersagt|abgewiesen|gestoppt)",
        r"(?:Merge[ -]?Request|Pull[ -]?Request|Änderungsantrag)%s (?:wurde |ist )?"
        r"(?:geöffnet|eröffnet|erstellt|angelegt)",
        r"(?:noch )?nicht",
    ),
    "nl": _Asides(
        r"(?:actie|maatregel|wijziging) (?:is |werd |wordt )?(?:geblokkeerd|geweigerd|afgewezen|verworpen|afgekeurd)",
        r"(?:merge[ -]?request|pull[ -]?request|wijzigingsverzoek)%s (?:is |werd )?(?:geopend|aangemaakt)",
        "(?:nog )?niet",
    ),
    "fr": _Asides(
        r"actions? (?:a été |ont été |est |sont )?(?:bloquée?|refusée?|rejetée?|interdite?|annulée?|écartée?)s?",
        r"(?:demande de (?:fusion|tirage)|requête de fusion|merge request|pull request)%s (?:a été |est )?"
        r"(?:ouverte?|créée?|soumise?)",
        "(?:pas|non|pas encore)",
    ),
    "es": _Asides(
        r"acci(?:ón|ones) (?:ha sido |fue |han sido |está )?(?:bloquead|rechazad|denegad|vetad|prohibid|cancelad|"
        r"descartad)[oa]s?",
        r"(?:solicitud de (?:fusión|incorporación|cambios?|extracción)|merge request|pull request)%s (?:ha sido |fue )?"
        r"(?:abiert|cread|enviad)[oa]",
        "(?:aún |todavía )?no",
    ),
    "pt": _Asides(
        r"aç(?:ão|ões) (?:foi |foram |está )?(?:bloquead|rejeitad|negad|recusad|vetad|proibid|cancelad|descartad|"
        r"barrad)[oa]s?",
        r"(?:solicitação de (?:mesclagem|merge|pull)|pedido de (?:merge|mesclagem)|merge request|pull request)%s "
        r"(?:foi )?(?:abert|criad|enviad)[oa]",
        "(?:ainda )?não",
    ),
    "it": _Asides(
        r"azion[ei] (?:è stata |sono state |è )?(?:bloccat|rifiutat|negat|respint|vietat|annullat|scartat)[ae]",
        r"(?:richiesta di (?:merge|unione|modifica|pull)|merge request|pull request)%s (?:è stata )?(?:aperta|creata)",
        "(?:ancora )?non",
    ),
    "ru": _Asides(
        r"действи[ея] (?:был[оаи] )?(?:заблокирован|отклон[её]н|запрещ[её]н|отмен[её]н)[оаы]?",
        r"(?:запрос на (?:слияние|изменение)|merge request|pull request)%s (?:был )?(?:открыт|создан)",
        "(?:ещё |еще )?не(?: был[аио]?)?",
    ),
    "pl": _Asides(
        r"akcj[aęe] (?:została |zostały )?(?:zablokowan|odrzucon|zabronion|anulowan)[aey]",
        r"(?:żądanie (?:scalenia|zmiany)|merge request|pull request)%s (?:zostało )?(?:otwart|utworzon)[eya]",
        "nie(?: został[aoy]?)?",
    ),
    "zh": _Asides(
        "(?:动作|操作|变更)(?:已|被|已被)?(?:拦截|阻止|否决|屏蔽)",
        r"合并请求%s ?(?:已)?(?:创建|打开|提交)",
        "",
    ),
    "ja": _Asides(
        "(?:アクション|操作|変更)[がをは]? ?(?:ブロック|却下|阻止|禁止)(?:されました|しました|された)?",
        r"(?:マージリクエスト|プルリクエスト)%s ?[がを]? ?(?:作成|オープン)(?:しました|されました|済み)?",
        "",
    ),
    "ko": _Asides(
        "(?:작업|동작|액션)[이가은는]? ?(?:차단|거부|금지)(?:됨|되었습니다|됐습니다|했습니다)?",
        r"(?:병합 요청|풀 리퀘스트)%s ?(?:이|가|을|를)? ?(?:생성|열림|오픈)(?:됨|되었습니다|됐습니다)?",
        "",
    ),
}

_NEGATION = "|".join(said.negation for said in _SAID.values() if said.negation)
"""Of all languages: neighbours share the words of deeds, and one is read as the other."""


def with_asides(name: str, tongue: Tongue) -> Tongue:
    """A language with what it says of a deed besides: rows that come after those of its own words."""
    said = _SAID[name]
    deeds = rows(f"{said.blocked}(?! ?[,;.]|.*[.;!] ) => action blocked")
    first = rows(f"{said.opened % _NUMBER} => merge request \\g<1> opened")
    last = rows(f"(?:{_NEGATION})(?= +{_DONE}\\b) => was not") if said.negation else ()
    return Tongue((*deeds, *tongue.deeds), (*first, *tongue.others, *last), tongue.comma)
