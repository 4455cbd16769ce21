"""Everyday words of Polish, Russian, Chinese, Japanese and Korean for what optimizers do, by their English words."""

from __future__ import annotations

from opsconsole.decisions.words.foreign import tongue_deeds, tongue_signs
from opsconsole.decisions.words.foreign.tongue import Tongue, rows

# ruff: noqa: RUF001 - letters of Russian are meant
RUSSIAN = Tongue(
    tongue_deeds.RUSSIAN
    + rows(r"""
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
    rows(r"""
как рекомендовано(?=:) => as recommended
рекомендуется => recommended
отмен[её]н[аоы]? => aborted
не удалось => could not
удалить => delete
масштабировать => scale
перезапустить => restart
(?:пропущен[аоы]?) => skipped
(?:отклонен[аоы]?|отклонён) => rejected
под(?:а|ы|у|е|ов)?(?= ['"]?[a-z]) => pod
(?:нод[аыуе]?)(?= ['"]?[a-z]) => node
уз(?:ел|ла|лу) => node
(?:деплоймент[ау]?|развертывани[яе]|развёртывани[яе]) => deployment
(?:ожидает|ждёт|ждет|требует) (?:подтверждения|одобрения|согласования) => waiting for approval
лимит памяти => memory limit
лимит CPU => cpu limit
запрос памяти => memory request
запрос CPU => cpu request
памят[ьи] => memory
реплик[иаеу]? => replicas
с(?= \d) => from
(?:до|на)(?= \d) => to
(?:неймспейс|пространств[оа] им[её]н) => namespace
в (?:неймспейсе|пространстве им[её]н) => in namespace
"""),
)

POLISH = Tongue(
    rows(r"""
nie (?:usunięto|skasowano|usuwam|usuwamy) => did not delete
nie (?:zrestartowano|restartuję) => did not restart
nie (?:przeskalowano|wyskalowano|skaluję|skalujemy) => did not scale
nie (?:(?:wy)?eksmitowano|eksmituję) => did not evict
nie (?:opróżniono|opróżniam) => did not drain
nie (?:zmniejszono|obniżono|zmniejszam|obniżam) => did not reduce
nie (?:zwiększono|podniesiono|zwiększam|podnoszę) => did not increase
nie (?:zmieniono|zmieniam) => did not change
""")
    + tongue_deeds.POLISH,
    rows(r"""
nie (?:zostanie|zostaną) => will not be
(?:zalecane|zaleca się) => recommended
anulowan[oay] => aborted
(?:nie powiodł[oa] się|niepowodzenie)(?=$|[:.,;)]) => failed
pominięt[oay] => skipped
odrzucon[oay] => rejected
(?:propozycja|rekomendacja|sugestia)(?=:) => proposal
(?:oczekuje na|czeka na|wymaga) (?:zatwierdzeni[ea]|akceptacj[ię]|zgod[yę]) => waiting for approval
limit(?:u)? pamięci(?= (?:deployment|statefulset|daemonset|pod)) => memory limit of
limit(?:u)? CPU(?= (?:deployment|statefulset|daemonset|pod)) => cpu limit of
limit(?:u)? pamięci => memory limit
limit(?:u)? CPU => cpu limit
żądani[ea] pamięci => memory request
pami[ęe](?:ci|ć) => memory
repliki?ę? => replicas
replik => replicas
pody?a? => pod
węz(?:eł|ła|łem|le) => node
wdrożeni[ea] => deployment
w (?:namespace|przestrzeni nazw) => in namespace
przestrze(?:ń|ni) nazw => namespace
z(?= \d) => from
(?:do|na)(?= \d) => to
"""),
)

CHINESE = Tongue(
    tongue_signs.CHINESE
    + rows(r"""
(?:未能?|无法|不能)驱逐 => did not evict
(?:未能?|无法|不能)删除 => did not delete
(?:未能?|无法|不能)重启 => did not restart
(?:未能?|无法|不能)(?:扩容|缩容|扩缩) => did not scale
正在[将把]? ?([A-Za-z][^，。：:]{1,120}?) ?从 ?(\d+) ?个?副本? ?(?:扩容|缩容|扩展|调整)(?:到|至|为)\
 ?(\d+) ?个?副本 => scaling \g<1> from \g<2> to \g<3> replicas
副本数? ?从 ?(\d+) ?个? ?(?:调整|修改|更改|改|增加|减少|扩容|缩容)(?:到|至|为|成)\
 ?(\d+) ?个? => replicas changed from \g<1> to \g<2>
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
    rows(r"""
建议 => recommended
被?拒绝 => rejected
已?取消 => aborted
[将把的] =>
(?:等待|待|需要?)(?:人工)?(?:审批|批准|确认|审核) => waiting for approval
(?:到|至|为)(?= ?\d) => to
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

JAPANESE = Tongue(
    tongue_signs.JAPANESE
    + rows(r"""
(?:に|へ)?(?:スケール(?:アウト|イン|アップ|ダウン)?)(?:しました|した|します) => scaled
(?:の ?)?レプリカ数? ?[をは]? ?(\d+) ?個? ?から ?(\d+) ?個? ?[にへ] ?(?:変更|増加|削減|増や|減ら)\
(?:しました|した|されました|済み) => replicas changed from \g<1> to \g<2>
(?:の ?)?レプリカ数? ?[をは]? ?(\d+) ?個? ?から ?(\d+) ?個? ?[にへ] ?(?:変更|増加|削減|増や|減ら)\
(?:します|しています|中) => : \g<1> replicas become \g<2>
[をは]? ?削除(?:できませんでした|できません|に失敗しました|しませんでした) => was not deleted
[をは]? ?再起動(?:できませんでした|できません|に失敗しました|しませんでした) => was not restarted
[をは]? ?退避(?:できませんでした|できません|に失敗しました|しませんでした) => was not evicted
(?:を)?削除(?:しました|した) => deleted
(?:を)?再起動(?:しました|した) => restarted
(?:を)?退避(?:しました|した) => evicted
"""),
    rows(r"""
(\d+) ?(?:個の)?(?:レプリカ)?から ?(\d+) ?(?:個の)?(?:レプリカ)? => from \g<1> to \g<2> replicas
[をの] =>
(?:承認|確認)待ち => waiting for approval
提案 => proposal
(?:名前空間|ネームスペース) => namespace
ポッド => pod
ノード => node
(?:デプロイメント) => deployment
失敗 => failed
"""),
    comma=False,
)

KOREAN = Tongue(
    tongue_signs.KOREAN,
    rows(r"""
네임스페이스 => namespace
노드 => node
(?:디플로이먼트|배포) => deployment
(?:파드|포드) => pod
승인 ?대기 => waiting for approval
실패 => failed
제안 => proposal
(?<=[A-Za-z0-9])(?:을|를|의|이|가|은|는)(?= |$) =>
"""),
    comma=False,
)
