"""The deeds of Chinese, Japanese and Korean, whose words stand side by side with names in Latin letters."""

from __future__ import annotations

from opsconsole.decisions.words.foreign import tongue_moods
from opsconsole.decisions.words.foreign.tongue_forms import Row

# ruff: noqa: RUF001 - marks of these languages are meant

_NAME = r"((?:[^\W\d_]{1,14} )?(?:节点|命名空间|ノード|名前空間)? ?['\"]?[A-Za-z0-9][A-Za-z0-9_./-]{0,120}['\"]?)"
"""An object: its name in Latin letters, with its kind before it."""

_CHINESE = {
    "delete": "删除|移除",
    "restart": "重启|重新启动",
    "evict": "驱逐",
    "scale": "扩缩容|扩容|缩容|伸缩|扩展|扩缩",
    "drain": "排空|腾空",
    "cordon": "封锁|隔离",
    "update": "更新",
}
_JAPANESE = {
    "delete": "削除",
    "restart": "再起動|リスタート",
    "evict": "退避|エビクト",
    "scale": "スケール(?:アウト|イン|アップ|ダウン)?|スケーリング",
    "drain": "ドレイン",
    "cordon": "コードン",
    "update": "更新|アップデート",
}
_KOREAN = {
    "delete": "삭제|제거",
    "restart": "재시작|재기동",
    "evict": "축출|퇴거",
    "scale": "스케일 ?(?:링|업|다운|아웃|인)?|확장|축소",
    "drain": "드레인",
    "cordon": "코든|격리",
    "update": "업데이트|갱신",
}


def _doing(verb: str) -> str:
    return f"{verb.removesuffix('e')}ing"


def _done(verb: str) -> str:
    return f"{verb.removesuffix('e')}ed"


def _chinese() -> list[Row]:
    rows: list[Row] = []
    for verb, words in _CHINESE.items():
        word = f"(?:{words})"
        rows += (
            (rf"{word} ?{_NAME} ?(?:操作)?(?:已|被|已被)?(?:失败|拒绝|禁止|超时)", rf"failed to {verb} \g<1>"),
            (rf"{_NAME} ?的? ?{word}(?:操作)?(?:已|被|已被)?(?:失败|拒绝|禁止)", rf"failed to {verb} \g<1>"),
            (rf"(?:不允许|不准|禁止|拒绝|不得|不可|未能成功) ?{word}", f"not allowed to {verb}"),
            (rf"(?:建议|提议|推荐)(?:对|将|把)? ?{word}(?= ?[^\d]{{0,6}}[A-Za-z])", f"proposal: {verb}"),
            (rf"(?:成功|已经?|已成功) ?{word}(?= ?[^\d]{{0,6}}[A-Za-z])", _done(verb)),
            (rf"{word} ?{_NAME} ?(?:已)?(?:成功|完成)", rf"{_done(verb)} \g<1>"),
            (rf"{_NAME} ?的? ?{word} ?(?:已)?(?:成功|完成)", rf"{_done(verb)} \g<1>"),
            (rf"(?:正在|开始|准备|即将) ?{word}(?= ?[^\d]{{0,6}}[A-Za-z])", _doing(verb)),
            (rf"(?<![不未没勿无待需要应可能被后前法已过]){word}(?= ?(?:节点|命名空间)? ?[A-Za-z])", _doing(verb)),
        )
    return sorted(rows, key=lambda row: r"\g<1>" not in row[1])


def _japanese() -> list[Row]:
    rows: list[Row] = []
    for verb, words in _JAPANESE.items():
        word = f"(?:{words})"
        not_done = (
            r"(?:に失敗(?:しました|した)?|できませんでした|できません|できない|しませんでした|しません|"
            r"[はが]?(?:拒否されました|許可されていません|禁止されています|拒否))"
        )
        rows += (
            (rf"[をはのが]? ?{word} ?{not_done}", f"was not {_done(verb)}"),
            (
                rf"{_NAME} ?[をの]? ?{word}(?:中(?:です)?|しています|を開始(?:します|しました)?|"
                rf"(?:します|する|する?予定(?:です)?)(?=$|[ 。、:：（(]))",
                rf"{_doing(verb)} \g<1>",
            ),
            (rf"提案[:：]? ?{_NAME} ?[をの]? ?{word}(?:する|します)?", rf"proposal: {verb} \g<1>"),
            (rf"[をのが]? ?{word}(?:完了|済み|に成功しました|しました|されました)", _done(verb)),
            (rf"{_NAME} ?を ?{word}(?=$|[。（(])", rf"{_doing(verb)} \g<1>"),
        )
    return rows


def _korean() -> list[Row]:
    rows: list[Row] = []
    for verb, words in _KOREAN.items():
        word = f"(?:{words})"
        whom = rf"{_NAME} ?(?:을|를|의|에 대한)? ?{word}"
        failed = (
            r"(?:실패(?:했습니다|함)?|할 수 없습니다|하지 (?:못했|않았)습니다|불가|(?:거부|금지|허용되지 않)\w{0,6})"
        )
        rows += (
            (rf"{whom}(?:에|가|이|을|를|은|는)? ?{failed}", rf"failed to {verb} \g<1>"),
            (rf"제안[:：]? ?{whom}\w{{0,4}}", rf"proposal: {verb} \g<1>"),
            (rf"{whom} ?(?:중(?:입니다)?|합니다|을 시작\w{{0,6}}|를 시작\w{{0,6}})", rf"{_doing(verb)} \g<1>"),
            (rf"{whom} ?(?:했습니다|했음|하였습니다|함|됨|되었습니다|됐습니다|완료\w{{0,6}})", rf"{_done(verb)} \g<1>"),
        )
    return rows


_SETTINGS = {
    "memory limit": "内存限制|内存上限|メモリ(?:の ?)?(?:制限|上限|リミット)|메모리 ?(?:제한|한도|상한)",
    "memory request": "内存请求|メモリ要求|メモリリクエスト|메모리 ?요청",
    "cpu limit": "CPU ?(?:の ?)?(?:限制|上限|制限|リミット|제한|한도|상한)",
    "cpu request": "CPU ?(?:请求|要求|リクエスト|요청)",
    "replicas": "副本数?|レプリカ数?|레플리카 ?수?|복제본 ?수?",
}
_VALUE = r"(\d[A-Za-z0-9.]*?)"
_CHANGED = {
    "zh": rf"从 ?{_VALUE} ?个?(?:副本)? ?(?:调整|修改|更改|改|增加|减少|降低|提高|降|升|上调|下调|缩减|扩大)"
    rf"(?:到|至|为|成) ?{_VALUE}(?![A-Za-z0-9.]) ?个?",
    "ja": rf"[をは]? ?{_VALUE} ?個?から ?{_VALUE} ?個?[にへ] ?(?:下げ|上げ|減ら|増や|変更|縮小|拡大|引き)[下上]?げ?",
    "ko": rf"(?:을|를)? ?{_VALUE}개?에서 ?{_VALUE}개?(?:으)?로 ?"
    "(?:변경|조정|확장|축소|늘리|줄이|늘|줄|낮추|높이|감소|증가)",
}
_ADVICE = {"zh": r"(?:建议|提议|推荐)[:：]? ?[将把]?", "ja": "提案[:：]?", "ko": "제안[:：]?"}
_JOINT = {"zh": "的?", "ja": "の?", "ko": "의?"}
_DONE = {"zh": "", "ja": r"(?:しました|した|されました|済み)", "ko": r"(?:했습니다|했음|함|됨|되었습니다|완료)"}
_REST = {"zh": "", "ja": "(?:します|する|る|しています|中)?", "ko": r"(?:합니다|하기|기|함| 중(?:입니다)?)?"}


def _settings(tongue: str) -> list[Row]:
    """``deployment a/b 的内存限制从 2Gi 调整为 1Gi``: a setting that changes, proposed or not."""
    rows: list[Row] = []
    for setting, words in _SETTINGS.items():
        change = rf"{_NAME} ?{_JOINT[tongue]} ?(?:{words}) ?{_CHANGED[tongue]}"
        to = rf"{setting} of \g<1> from \g<2> to \g<3>"
        rows.append((rf"{_ADVICE[tongue]} ?{change}{_REST[tongue]}", f"proposal: change {to}"))
        if setting != "replicas" or tongue == "ko":
            rows.append((f"{change}{_DONE[tongue]}", rf"{setting} of \g<1> changed from \g<2> to \g<3>"))
            rows.append((f"{change}{_REST[tongue]}", f"changing {to}"))
    return rows


CHINESE = (*tongue_moods.CHINESE, *_settings("zh"), *_chinese())
JAPANESE = (*_settings("ja"), *_japanese())
KOREAN = (*_settings("ko"), *_korean())
