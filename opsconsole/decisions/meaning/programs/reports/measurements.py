"""Measurements that are missing: no samples of a container for a while, and queries without data in other languages."""

from __future__ import annotations

from opsconsole.decisions.meaning.prose.forms.formats import Format, row

# ruff: noqa: RUF001 - letters and marks of other languages are meant

_ASKED = r"(?:Prometheus|PromQL|Thanos|Mimir|VictoriaMetrics|Datadog|CloudWatch|Grafana)"
_OF = r"(?: [a-z_:][\w:]{0,100}[({\[]\S{1,300})?"
"""What is asked, behind the word for a query."""
_WHAT = r"(?:(?: ?: ?|：)(?P<query>[a-z_:][\w:]{0,200}(?:[({\[][^;]{1,400}[)}\]\d]|_\w{1,200}))\W*$)?"
"""An expression alone: what is told behind the colon may be a deed."""


def _unanswered(language: str, needs: str, said: str, sample: str) -> Format:
    """A query of metrics without an answer, as a language says it; what is asked may stand behind a colon."""
    return row(f"a query without data, {language}", needs, rf"(?i)(?P<problem>{said}){_WHAT}", "query", sample)


ROWS: tuple[Format, ...] = (
    row(
        "no samples of an object for a while",
        " for ",
        r"(?i)(?P<problem>\bno (?:[a-z]{2,12} ){0,2}?(?:samples?|data(?: ?points?)?|metrics|series|measurements)"
        r"(?: (?:found|available|returned|collected|seen))? for (?:the )?"
        r"(?:container|pod|deployment|statefulset|daemonset|workload|service|job|node)s?\b)(?: [\w./'\"-]{1,253})?"
        r" (?:in|within|over|since|during|for) (?:the )?(?:last |past |previous )?"
        r"(?:\d[\w.]{0,10}|window|lookback|hour|minute|day|week|range|interval)\b",
        "query",
        "no samples for container in the last 24h",
    ),
    row(
        "a query for an object without data",
        "uery for ",
        rf"(?i)(?:^|\b(?:metrics?|range|instant|{_ASKED}) )query for "
        r"(?P<query>['\"]?[a-z0-9][\w./-]{0,252}['\"]?) (?:has )?"
        r"(?P<problem>(?:returned|yielded|gave|produced) no (?:data|series|samples|values))\b",
        "query",
        "Query for gate-in returned no data",
    ),
    row(
        "metrics whose result is empty",
        "result is empty",
        r"(?i)\bmetrics? ['\"][^'\"]{1,100}['\"] (?:target )?may be lost, (?:the )?(?P<problem>result is empty)",
        "query",
        "prometheus metrics 'prometheus' target may be lost, the result is empty",
    ),
    row(
        "an empty answer from where metrics are kept",
        " from ",
        r"(?i)(?P<problem>\b(?:empty|no|null) (?:results?|responses?|answers?|vectors?|series|samples?|values?|metrics|"
        r"data(?: ?points?)?)(?: (?:set|vector|returned|received|came back))?) from (?:the |our )?"
        rf"(?:{_ASKED})\b",
        "query",
        "empty result from prometheus",
    ),
    _unanswered(
        "French",
        "n'a ",
        rf"(?:\brequête(?: {_ASKED})?{_OF}|\b{_ASKED}) n'a (?:renvoyé|retourné|rendu|produit|donné) "
        r"(?:aucune? (?:donnée|série|résultat|valeur|échantillon|point)s?|rien)",
        "La requête Prometheus n'a renvoyé aucune donnée : up{job='x'}",
    ),
    _unanswered(
        "German",
        " keine ",
        rf"(?:\b(?:{_ASKED}-?)?(?:abfrage|query|anfrage)(?: an {_ASKED})?{_OF}|\b{_ASKED}) "
        r"(?:lieferte?|ergab|ergibt|gab|brachte|hat) "
        r"keine (?:Daten|Werte|Ergebnisse|Zeitreihen|Messwerte)",
        "Prometheus-Abfrage lieferte keine Daten: up{job='x'}",
    ),
    _unanswered(
        "Spanish",
        " no ",
        rf"(?:\b(?:consulta|query)(?: (?:(?:a|de|en) )?{_ASKED})?{_OF}|\b{_ASKED}) "
        r"no (?:devolvió|retornó|arrojó|produjo|dio) "
        r"(?:ningun[oa]?s? |ningún )?(?:datos?|series?|resultados?|valor(?:es)?|muestras?)\b",
        "La consulta a Prometheus no devolvió datos: up{job='x'}",
    ),
    _unanswered(
        "Portuguese",
        " não ",
        rf"(?:\b(?:consulta|query)(?: (?:(?:ao|do|no|à) )?{_ASKED})?{_OF}|\b{_ASKED}) "
        r"não (?:retornou|devolveu|produziu) (?:nenhum[a]? )?(?:dados?|séries?|resultados?|valor(?:es)?|amostras?)\b",
        "A consulta Prometheus não retornou dados: up{job='x'}",
    ),
    _unanswered(
        "Italian",
        " non ha ",
        rf"(?:\b(?:query|interrogazione)(?: (?:(?:a|di|su) )?{_ASKED})?{_OF}|\b{_ASKED}) non ha "
        r"(?:restituito|ritornato|prodotto|dato|fornito) (?:alcun[oa]? |nessun[oa]? )?"
        r"(?:dat[oi]|serie|risultat[oi]|valor[ei]|campion[ei])\b",
        "La query Prometheus non ha restituito dati: up{job='x'}",
    ),
    _unanswered(
        "Dutch",
        " geen ",
        rf"(?:\b(?:{_ASKED}-?)?query|\b{_ASKED}) (?:gaf|leverde|gaf terug|geeft) geen "
        r"(?:gegevens|data|resultaten|waarden|reeksen)",
        "De Prometheus-query gaf geen gegevens terug",
    ),
    _unanswered(
        "Russian",
        " не ",
        rf"(?:\bзапрос(?: (?:к|в) {_ASKED})?{_OF}|\b{_ASKED}) "
        r"не вернул[аои]? (?:никаких )?(?:данных|результатов|значений|рядов)",
        "Запрос к Prometheus не вернул данных: up",
    ),
    _unanswered(
        "Polish",
        " nie ",
        rf"(?:\bzapytanie(?: (?:do )?{_ASKED})?{_OF}|\b{_ASKED}) "
        r"nie zwróci(?:ło|ł|ła) (?:żadnych )?(?:danych|wyników|wartości)",
        "Zapytanie Prometheus nie zwróciło danych: up",
    ),
    _unanswered(
        "Chinese",
        "查询",
        rf"(?:{_ASKED} ?)?查询(?:结果)?(?:没有|未|无)?(?:返回)?(?:任何)?"
        r"(?:无数据|为空|数据为空|没有数据|(?<=返回)(?:数据|结果))",
        "Prometheus 查询没有返回数据：up",
    ),
)
