"""Deeds that are not done, would be done or are over, where a language has one word for that: ``se eliminaría``.

These rows come before those of the deeds themselves, which would read ``pas de redémarrage du pod a`` as a restart.
"""

from __future__ import annotations

from opsconsole.decisions.words.foreign.tongue import rows

# ruff: noqa: RUF001 - letters of other languages are meant

SPANISH = rows(r"""
no (?:se )?(?:drenan?|vacían?|drenarán?|vaciarán?) => did not drain
no (?:se )?(?:reducen?|bajan?|reducirán?|bajarán?) => did not reduce
no (?:se )?(?:aumentan?|suben?|aumentarán?|subirán?) => did not increase
no (?:se )?(?:eliminarán?|borrarán?|elimino|borro|eliminamos|borramos) => did not delete
no (?:se )?(?:reiniciarán?|reinicio|reiniciamos) => did not restart
no (?:se )?(?:escalarán?|escalo|escalamos) => did not scale
no (?:se )?(?:desalojarán?|desalojo|desalojamos) => did not evict
(?:se )?(?:eliminar|borrar)ía(?:n|mos)? => would delete
(?:se )?reiniciaría(?:n|mos)? => would restart
(?:se )?(?:escalar|redimensionar)ía(?:n|mos)? => would scale
(?:se )?(?:desalojar|expulsar)ía(?:n|mos)? => would evict
(?:se )?(?:drenar|vaciar)ía(?:n|mos)? => would drain
(?:se )?(?:reducir|bajar|disminuir)ía(?:n|mos)? => would reduce
(?:se )?(?:aumentar|subir|incrementar)ía(?:n|mos)? => would increase
ser[íi]an? (?:eliminad|borrad)[oa]s? => would be deleted
ser[íi]an? reiniciad[oa]s? => would be restarted
ser[íi]an? (?:escalad|redimensionad)[oa]s? => would be scaled
ser[íi]an? (?:desalojad|expulsad)[oa]s? => would be evicted
se (?:eliminarán?|borrarán?|van? a (?:eliminar|borrar)) => will delete
se (?:reiniciarán?|van? a reiniciar) => will restart
se (?:escalarán?|van? a escalar) => will scale
se (?:desalojarán?|van? a desalojar) => will evict
(?:se )?(?:eliminó|eliminaron|borró|borraron) => deleted
(?:se )?(?:reinició|reiniciaron) => restarted
(?:se )?(?:escaló|escalaron) => scaled
(?:se )?(?:desalojó|desalojaron|expulsó|expulsaron) => evicted
(?:se )?(?:drenó|drenaron|vació|vaciaron) => drained
""")

PORTUGUESE = rows(r"""
não (?:se )?(?:exclui|excluem|excluirei|excluímos|remov(?:e|em|erei|emos)) => did not delete
não (?:se )?(?:reinicia|reiniciam|reiniciarei|reiniciamos) => did not restart
não (?:se )?(?:escala|escalam|escalona|escalonam) => did not scale
não (?:se )?(?:despeja|despejam|expulsa|expulsam) => did not evict
não (?:se )?(?:drena|drenam|esvazia|esvaziam) => did not drain
não ser(?:á|ão) (?:excluíd|removid|apagad)[oa]s? => did not delete
não ser(?:á|ão) reiniciad[oa]s?(?= [oa] ) => did not restart
(?:excluiria|removeria|apagaria|deletaria)(?:m|mos)? => would delete
reiniciaria(?:m|mos)? => would restart
(?:escala|escalona|redimensiona)ria(?:m|mos)? => would scale
(?:despeja|expulsa)ria(?:m|mos)? => would evict
(?:drena|esvazia)ria(?:m|mos)? => would drain
(?:reduzi|diminui)ria(?:m|mos)? => would reduce
aumentaria(?:m|mos)? => would increase
seriam? (?:excluíd|removid|apagad|deletad)[oa]s? => would be deleted
seriam? reiniciad[oa]s? => would be restarted
seriam? (?:escalad|escalonad|redimensionad)[oa]s? => would be scaled
seriam? (?:despejad|expuls)[oa]s? => would be evicted
(?:excluiu|excluíram|removeu|removeram|apagou|apagaram) => deleted
(?:reiniciou|reiniciaram) => restarted
(?:escalou|escalaram|escalonou) => scaled
(?:despejou|despejaram|expulsou) => evicted
(?:drenou|drenaram|esvaziou) => drained
""")

FRENCH = rows(r"""
(?:on |je |nous )?ne (?:supprim|effac)(?:e|es|ons|ent|era|erons) pas => did not delete
(?:on |je |nous )?ne (?:redémarr|relanc)(?:e|es|ons|ent|era|erons) pas => did not restart
(?:on |je |nous )?ne (?:évinc|évinç|expuls)(?:e|es|ons|ent|era|erons) pas => did not evict
(?:on |je |nous )?ne (?:vid(?:e|es|ons|ent|era|erons)|dr(?:aine|ainons|ainent|ainera)) pas => did not drain
(?:on |je |nous )?ne (?:rédui[ts]|réduisons|baiss(?:e|ons)) pas => did not reduce
(?:pas de|aucune) suppression (?:du|de la|de l'|des|de) => did not delete
(?:pas de|aucun) redémarrage (?:du|de la|de l'|des|de) => did not restart
(?:pas d'|aucune )(?:éviction|expulsion) (?:du|de la|de l'|des|de) => did not evict
(?:pas de|aucun) drainage (?:du|de la|de l'|des|de) => did not drain
pas de mise à l'échelle (?:du|de la|de l'|des|de) => did not scale
(?:supprim|effac)erai(?:t|ent|s) => would delete
(?:redémarr|relanc)erai(?:t|ent|s) => would restart
(?:évinc|expuls)erai(?:t|ent|s) => would evict
(?:viderait|videraient|viderais|drainerait|draineraient|drainerais) => would drain
(?:réduirai|baisserai|diminuerai)(?:t|ent|s) => would reduce
augmenterai(?:t|ent|s) => would increase
mettrai(?:t|ent|s) à l'échelle => would scale
""")

ITALIAN = rows(r"""
non (?:si )?(?:elimin(?:a|ano|o|iamo)|cancell(?:a|ano|o|iamo)|rimuov(?:e|ono|o)) => did not delete
non (?:si )?riavvi(?:a|ano|o|amo) => did not restart
non (?:si )?scal(?:a|ano|o|iamo) => did not scale
non (?:si )?sfratt(?:a|ano|o|iamo) => did not evict
non (?:si )?(?:svuot|dren)(?:a|ano|o|iamo) => did not drain
non (?:viene|vengono|verrà|verranno) (?:eliminat|cancellat|rimoss)[oaie] => was not deleted
non (?:viene|vengono|verrà|verranno) riavviat[oaie] => was not restarted
non (?:viene|vengono|verrà|verranno) scalat[oaie] => was not scaled
non (?:viene|vengono|verrà|verranno) sfrattat[oaie] => was not evicted
(?:eliminer|canceller|rimuover)ebbe(?:ro)? => would delete
riavvierebbe(?:ro)? => would restart
(?:scaler|ridimensioner)ebbe(?:ro)? => would scale
sfratterebbe(?:ro)? => would evict
(?:svuoter|drener)ebbe(?:ro)? => would drain
(?:verrebbe|verrebbero|sarebbe|sarebbero) (?:eliminat|cancellat|rimoss)[oaie] => would be deleted
(?:verrebbe|verrebbero|sarebbe|sarebbero) riavviat[oaie] => would be restarted
(?:verrebbe|verrebbero|sarebbe|sarebbero) (?:scalat|ridimensionat)[oaie] => would be scaled
(?:verrebbe|verrebbero|sarebbe|sarebbero) sfrattat[oaie] => would be evicted
""")

GERMAN = rows(r"""
kein(?:e)? (?:Neustart|Neustarten) (?:von|des|der) => did not restart
kein(?:e)? (?:Löschung|Löschen|Entfernung|Entfernen) (?:von|des|der) => did not delete
kein(?:e)? (?:Skalierung|Skalieren) (?:von|des|der) => did not scale
kein(?:e)? (?:Verdrängung|Verdrängen) (?:von|des|der) => did not evict
kein(?:e)? (?:Räumung|Leeren|Räumen) (?:von|des|der) => did not drain
""")

DUTCH = rows(r"""
(?:wordt|worden|werd|werden|is) niet (?:verwijderd|gewist) => was not deleted
(?:wordt|worden|werd|werden|is) niet (?:herstart|opnieuw gestart) => was not restarted
(?:wordt|worden|werd|werden|is) niet (?:geschaald|opgeschaald|afgeschaald) => was not scaled
(?:zou|zouden) (?:worden )?(?:verwijderd|gewist)(?: worden)? => would be deleted
(?:zou|zouden) (?:worden )?herstart(?: worden)? => would be restarted
(?:zou|zouden) (?:worden )?(?:geschaald|opgeschaald|afgeschaald)(?: worden)? => would be scaled
(?:zou|zouden)(?= [^,;:]{1,200} (?:verwijderen|wissen)\b) => would delete
(?:zou|zouden)(?= [^,;:]{1,200} (?:herstarten|opnieuw starten)\b) => would restart
(?:zou|zouden)(?= [^,;:]{1,200} (?:op|af)?schalen\b) => would scale
(?:zou|zouden)(?= [^,;:]{1,200} (?:verdrijven|uitzetten)\b) => would evict
(?:zou|zouden)(?= [^,;:]{1,200} (?:leegmaken|leeghalen)\b) => would drain
""")

RUSSIAN = rows(r"""
не (?:перезапускаем|перезапускаю|перезапускается|будет перезапущен[аоы]?) => did not restart
не (?:удаляем|удаляю|удаляется|будет удал[её]н[аоы]?) => did not delete
не (?:масштабируем|масштабирую|масштабируется) => did not scale
не (?:вытесняем|вытесняю|вытесняется) => did not evict
(?:был[аио]? бы|будет бы) удал[её]н[аоы]? => would be deleted
был[аио]? бы перезапущен[аоы]? => would be restarted
был[аио]? бы (?:от)?масштабирован[аоы]? => would be scaled
(?:удалил[аи]? бы|бы удалил[аи]?) => would delete
(?:перезапустил[аи]? бы|бы перезапустил[аи]?) => would restart
""")

POLISH = rows(r"""
deployment(?:u|em|y)(?= ['"]?[a-z]) => deployment
nie (?:restartuję|restartujemy|restartuje) => did not restart
nie (?:usuwam|usuwamy|usuwa) => did not delete
nie (?:skaluję|skalujemy|skaluje) => did not scale
nie (?:eksmituję|eksmitujemy) => did not evict
został(?:by|aby|oby) usunięt[oay] => would be deleted
został(?:by|aby|oby) zrestartowan[oay] => would be restarted
został(?:by|aby|oby) (?:prze|wy)skalowan[oay] => would be scaled
""")

CHINESE = rows(r"""
(?:模拟|演练|试运行)(?=[:：]) => dry run
(?:不|不会|不再|暂不)(?:驱逐) => did not evict
(?:不|不会|不再|暂不)(?:删除) => did not delete
(?:不|不会|不再|暂不)(?:重启) => did not restart
(?:不|不会|不再|暂不)(?:扩容|缩容|扩缩) => did not scale
""")
