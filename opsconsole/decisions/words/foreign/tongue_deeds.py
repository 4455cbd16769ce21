"""The deeds of languages of Europe as their speakers name them, in Latin letters and in Russian ones."""

from __future__ import annotations

from opsconsole.decisions.words.foreign import tongue_moods
from opsconsole.decisions.words.foreign.tongue_forms import Forms, rows_of

# ruff: noqa: RUF001 - letters of Russian are meant

GERMAN = tongue_moods.GERMAN + rows_of(
    Forms(
        words=r"""
delete: löschen|entfernen | Löschen|Löschung|Entfernen|Entfernung | - | -
restart: neu ?starten | Neustart(?:en)? | - | -
scale: (?:hoch|herunter|runter)?skalieren | (?:Hoch|Herunter|Runter)?skalier(?:ung|en) | - | -
evict: verdrängen | Verdrängung|Verdrängen | - | -
drain: leeren|räumen | (?:Leeren|Leerung|Räumung)(?: (?:von|des))?(?= Knoten) | - | -
cordon: sperren | (?:Sperren|Sperrung)(?: (?:von|des))?(?= Knoten) | - | -
reduce: senken|verringern|reduzieren|verkleinern|herabsetzen | Senkung|Verringerung|Verkleinerung | - | -
increase: erhöhen|anheben|vergrößern|heraufsetzen | Erhöhung|Vergrößerung | - | -
update: aktualisieren | Aktualisierung|Aktualisieren | aktualisiere | aktualisiert
change: ändern|anpassen | Änderung|Anpassung | - | -
""",
        joint=r"(?:von(?: dem| der)?|des|der|vom)",
        failed=r"(?:ist |wurde )?(?:fehlgeschlagen|gescheitert|abgelehnt|verweigert|verboten|abgebrochen)|"
        r"(?:ist |war |wird )?nicht (?:möglich|erlaubt|zulässig|gestattet)|schlug fehl",
        failing=r"(?:Fehler|Problem) (?:bei der|beim)",
        barred=r"(?:konnte|kann|darf) nicht",
        advice=r"Vorschlag|Empfehlung|Empfohlen",
        apart=("nicht", "nach"),
        verb_last=True,
    )
)

DUTCH = tongue_moods.DUTCH + rows_of(
    Forms(
        words=r"""
delete: verwijderen|wissen | verwijderen|verwijdering | - | -
restart: herstarten|opnieuw starten | herstarten|herstart | - | -
scale: (?:op|af)?schalen | (?:op|af)?schal(?:en|ing) | - | -
evict: verdrijven | verdrijving|verdrijven | - | -
drain: leegmaken | leegmaken | - | -
reduce: verlagen|verminderen|verkleinen | verlaging|verkleining | verlaag|verminder|verklein | -
increase: verhogen|vergroten | verhoging|vergroting | verhoog|vergroot | -
update: bijwerken|updaten | bijwerken|bijwerking | - | bijgewerkt|geüpdatet
change: wijzigen|aanpassen | wijziging|aanpassing | - | -
""",
        joint=r"(?:van(?: de| het)?)",
        failed=r"(?:is )?(?:mislukt|geweigerd|afgewezen|verboden|afgebroken)|niet (?:gelukt|toegestaan|mogelijk)",
        failing=r"(?:fout|probleem) bij het",
        barred=r"(?:kon|kan|mag) niet",
        advice=r"voorstel|aanbeveling|aanbevolen",
        apart=("niet", "na"),
        verb_last=True,
    )
)

FRENCH = tongue_moods.FRENCH + rows_of(
    Forms(
        words=r"""
delete: supprimer|effacer | suppression | - | -
restart: redémarrer|relancer | redémarrage | - | -
scale: mettre à l'échelle|redimensionner | mise à l'échelle|redimensionnement | - | redimensionnée?s?
evict: évincer|expulser | éviction|expulsion | - | -
drain: vider|drainer | drainage | - | -
cordon: isoler | isolement | isolement(?= (?:du|de la|de) (?:nœud|noeud|node)) | isolée?s?(?= node)
reduce: réduire|baisser|abaisser|diminuer | réduction|baisse|diminution \
| (?:je |on |nous )(?:réduis|baisse|abaisse|diminue)|j'abaisse | -
increase: augmenter|relever | augmentation | j'augmente|(?:je |on )(?:relève|augmente) | -
update: mettre à jour|actualiser | mise à jour|actualisation | mise à jour(?= (?:du|de la|de l'|des|de)\b) \
| mise?s? à jour(?=$| ?[.:;,!(])|actualisée?s?
change: modifier|changer|ajuster|passer | modification|changement|ajustement | - | modifiée?s?
""",
        joint=r"(?:du|de la|de l'|des|de|le|la|les)",
        failed=r"(?:a|ont) échoué|(?:est |a été )?(?:refusée?|rejetée?|interdite?|échouée?|annulée?)|impossible",
        failing=r"(?:échec|erreur)(?: (?:de la|du|de l'|de|lors de la|lors du|lors de l'|pendant la|pendant le))?",
        barred=r"interdit de|interdiction de|(?:il )?(?:n'est )?pas (?:permis|autorisé) (?:de|à)|"
        r"impossible (?:de|d')",
        advice=r"proposition|recommandation|il est (?:recommandé|proposé) de|(?:je|on|nous) recommand(?:e|ons) de|"
        r"(?:je|on|nous) propos(?:e|ons) de",
        apart=("pas", "après"),
    )
)

SPANISH = tongue_moods.SPANISH + rows_of(
    Forms(
        words=r"""
delete: eliminar|borrar|suprimir | eliminación|borrado | (?:elimino|borro)(?= (?:el|la)) | -
restart: reiniciar | reinicio | reinicio(?= (?:el|la) (?:deployment|pod|statefulset|despliegue)) | -
scale: escalar|redimensionar | escalado|escalamiento|redimensionamiento | escalo(?= (?:el|la)) | -
evict: desalojar|expulsar | desalojo|expulsión | expulsando | expulsad[oa]s?
drain: drenar|vaciar | drenaje|vaciado | - | -
cordon: acordonar|aislar | acordonamiento|aislamiento | acordonando|aislando(?= (?:el )?(?:nodo|node)) \
| acordonad[oa]s?
reduce: reducir|bajar|disminuir | reducción|disminución | bajando|disminuyendo|reduzco|disminuyo \
|bajo(?= (?:el|la|los|las) (?:límites?|memoria|cpu|número|réplicas|solicitud|petición)) | disminuid[oa]s?
increase: aumentar|subir|incrementar | aumento|incremento | subiendo|incrementando \
|(?:subo|aumento|incremento)(?= (?:el|la|los|las) ) | incrementad[oa]s?
update: actualizar | actualización | actualizando | actualizad[oa]s?
change: cambiar|ajustar|modificar|pasar | cambio|ajuste|modificación | cambiando|ajustando \
| cambiad[oa]s?|ajustad[oa]s?
""",
        joint=r"(?:del|de la|de los|de las|de)",
        failed=r"(?:ha |han )?(?:falló|fallaron|fallado|fracasó|fracasado)|"
        r"(?:fue |ha sido |está )?(?:rechazad[oa]|denegad[oa]|prohibid[oa]|fallid[oa]|cancelad[oa])|no permitid[oa]",
        failing=r"(?:falló|ha fallado|fallo (?:en|de|durante)|error (?:en|de|durante))(?: (?:el|la))?",
        barred=r"no se (?:permite|puede)|no (?:está permitido|es posible|puedo)|prohibido|se prohíbe|"
        r"(?:se )?prohíbe|(?:fallo|error) al|no se pudo|imposible",
        advice=r"propuesta|sugerencia|recomendación|se recomienda|recomiendo|sugiero|se sugiere|se propone|propongo",
        apart=("no", "tras"),
    )
)

PORTUGUESE = tongue_moods.PORTUGUESE + rows_of(
    Forms(
        words=r"""
delete: excluir|remover|apagar|deletar | exclusão|remoção | apagando|deletando | apagad[oa]s?|deletad[oa]s?
restart: reiniciar | reinicialização|reinício | - | -
scale: escalar|escalonar|redimensionar | escalonamento|dimensionamento|redimensionamento | escalando | -
evict: despejar|expulsar | despejo|expulsão | expulsando | expuls[oa]s?
drain: drenar|esvaziar | drenagem | esvaziando(?= (?:o )?(?:nó|node)) | esvaziad[oa]s?
cordon: isolar | isolamento | isolando(?= (?:o )?(?:nó|node)) | isolad[oa]s?
reduce: reduzir|diminuir|baixar | redução|diminuição | diminuindo|baixando|reduzindo|reduzo|diminuo | diminuíd[oa]s?
increase: aumentar | aumento | aumento(?= [oa]s? ) | -
update: atualizar | atualização | atualizando | atualizad[oa]s?
change: alterar|mudar|ajustar | alteração|mudança|ajuste | mudando|ajustando | ajustad[oa]s?
""",
        joint=r"(?:do|da|dos|das|de)",
        failed=r"falhou|falharam|fracassou|(?:foi |está )?(?:rejeitad[oa]|negad[oa]|recusad[oa]|proibid[oa]|"
        r"cancelad[oa])|"
        r"não (?:permitid[oa]|autorizad[oa])",
        failing=r"(?:falha|erro) (?:n[oa]|d[oa]|em|durante [oa])|falhou [oa]",
        barred=r"não é (?:permitido|possível)|não (?:se pode|pode|posso)|proibido|não foi possível|(?:falha|erro) ao|"
        r"impossível",
        advice=r"proposta|sugestão|recomendação|recomenda-se|recomendo|sugiro|sugere-se|proponho|propõe-se",
        apart=("não", "após"),
    )
)

ITALIAN = tongue_moods.ITALIAN + rows_of(
    Forms(
        words=r"""
delete: eliminare|cancellare|rimuovere | eliminazione|cancellazione|rimozione | elimino|rimuovo|rimuovendo \
| rimoss[oaie]
restart: riavviare | riavvio | riavvio(?= (?:il|la|lo) ) | -
scale: scalare|ridimensionare | ridimensionamento|scalatura | (?:scalo|ridimensiono)(?= (?:il|la|lo) ) | -
evict: sfrattare|espellere | sfratto|espulsione | sfrattando | espuls[oaie]
drain: drenare|svuotare | drenaggio|svuotamento | drenando|svuotando(?= (?:il )?(?:nodo|node)) \
| drenat[oaie]|svuotat[oaie]
cordon: isolare | isolamento | isolando(?= (?:il )?(?:nodo|node)) | isolat[oaie]
reduce: ridurre|abbassare|diminuire | riduzione|diminuzione | riducendo|abbassando|riduco|abbasso(?= (?:il|la|le|i) ) \
| abbassat[oaie]
increase: aumentare | aumento | aumentando|aumento(?= (?:il|la|le|i) ) | -
update: aggiornare | aggiornamento | aggiornando | aggiornat[oaie]
change: modificare|cambiare | modifica|cambio | modificando|cambiando | modificat[oaie]|cambiat[oaie]
""",
        joint=r"(?:del|della|dello|dei|delle|di)",
        failed=r"(?:è )?(?:fallit[oa]|rifiutat[oa]|negat[oa]|respint[oa]|vietat[oa]|annullat[oa])|"
        r"non (?:è )?(?:riuscit[oa]|consentit[oa]|permess[oa])",
        failing=r"(?:errore|fallimento) (?:durante (?:il|la|l')|nel|nella|nell'|del|della|dell')|"
        r"fallit[oa] (?:il|la|l')",
        barred=r"non è (?:consentito|permesso|possibile)|non (?:si può|posso)|vietato|impossibile",
        advice=r"proposta|suggerimento|raccomandazione|consiglio|si (?:consiglia|raccomanda|propone) di|propongo di",
        apart=("non", "dopo"),
    )
)

RUSSIAN = tongue_moods.RUSSIAN + rows_of(
    Forms(
        words=r"""
delete: удалить|удалять | удалени[еяюи] | - | удалил[аи]?
restart: перезапустить|перезагрузить|перезапускать | перезапуск[ау]?|перезагрузк[аеиу] | перезапускаем \
| перезапустил[аи]?
scale: (?:от)?масштабировать | масштабировани[еяюи] | - | -
evict: вытеснить|выселить|вытеснять | вытеснени[еяюи]|выселени[еяюи] | вытесняю|вытесняем | выселен[аоы]?
drain: (?:дренировать|осушить|освободить)(?= (?:нод|уз)) | (?:дренировани[еяюи]|осушени[еяюи])(?= (?:нод|уз)) \
| дренирую | -
reduce: уменьшить|снизить|понизить | уменьшени[еяюи]|снижени[еяюи] | уменьшаю|уменьшаем|снижаю|снижаем | -
increase: увеличить|повысить | увеличени[еяюи]|повышени[еяюи] | увеличиваю|увеличиваем|повышаю | -
update: обновить|обновлять | обновлени[еяюи] | обновляю|обновляем | обновл[её]н[аоы]?
change: изменить|поменять | изменени[еяюи] | меняю|изменяю | измен[её]н[аоы]?
""",
        joint=r"(?:для|у)",
        failed=r"не (?:удалось|удался|удалась|разрешен[оа]?|разрешено)|"
        r"(?:был[аои]? )?(?:запрещ[её]н[аоы]?|отклон[её]н[аоы]?|отменён[аоы]?)|провалил(?:ось|ся|ась)|"
        r"завершил(?:ось|ся|ась) ошибкой",
        failing=r"(?:ошибка|сбой|отказ)(?: (?:при|во время|в))?",
        barred=r"не удалось|нельзя|запрещено|не разрешено|не могу|невозможно",
        advice=r"предложение|рекомендация|рекомендую|рекомендуется|предлагаю|предлагается",
        apart=("не", "после"),
    )
)

POLISH = tongue_moods.POLISH + rows_of(
    Forms(
        words=r"""
delete: usunąć|skasować | usuwani[ea]|usunięci[ea] | usuwam|usuwamy | usunięt[oay]|usunął
restart: zrestartować|uruchomić ponownie | restart(?:u|owanie)?|ponowne uruchomienie | restartuję | zrestartowan[oay]
scale: (?:prze)?skalować | (?:prze)?skalowani[ea] | skaluję|skalujemy | przeskalowan[oay]|wyskalowan[oay]
evict: eksmitować|wyeksmitować | eksmisj[ai]|eksmitowani[ea] | eksmituję | (?:wy)?eksmitowan[oay]
drain: opróżnić | opróżniani[ea]|opróżnieni[ea] | opróżniam | opróżnion[oay]
reduce: zmniejszyć|obniżyć | zmniejszeni[ea]|obniżeni[ea] | zmniejszam|obniżam | zmniejszon[oay]|obniżon[oay]
increase: zwiększyć|podnieść | zwiększeni[ea]|podniesieni[ea] | zwiększam|podnoszę | zwiększon[oay]|podniesion[oay]
update: zaktualizować | aktualizacj[aię] | aktualizuję | zaktualizowan[oay]
change: zmienić | zmian[ay] | zmieniam | zmienion[oay]
""",
        joint=r"(?:dla)",
        failed=r"nie (?:powiodł[oa] się|powiódł się|udał[oa] się)|(?:został[oa]? )?(?:odrzucon[oay]|"
        r"zabronion[oaey]|odmówion[oa])",
        failing=r"(?:błąd|niepowodzenie)(?: (?:podczas|przy))?",
        barred=r"nie (?:udało się|można|wolno|mogę)|zabronione|zabrania się",
        advice=r"propozycja|rekomendacja|sugestia|zaleca się|proponuję|zalecam",
        apart=("nie", "po"),
    )
)
