"""Phrases of a page's furniture: what a short line says that leads elsewhere, sells, shares or reserves rights."""

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.html.automaton import automaton
from stages.text.html.tags import signed

# Bits of what `phrases` returns.
FURNITURE = 1
NOTICE = 2  # of cookies or rights: said in whole sentences as well
SIGNED = 4  # who wrote the page, at the line's beginning

_FURNITURE = (
    "前へ戻る トップへ TOPへ トップページへ ページの先頭 ページトップ ページ上部 先頭へ戻る 上へ戻る "
    "一覧へ 一覧を見る 一覧に戻る ホームへ 次のページ 前のページ 次の記事 前の記事 次へ進む もっと見る "
    "続きを読む 詳細を見る 詳しくはこちら 本文へ移動 本文へスキップ この記事を ブックマークに "
    "フォローする いいね！ 友達に教える お問い合わせはこちら お問合せはこちら 個人情報の取 特定商取引 "
    "無断転載 無断複製 スポンサーリンク スポンサード 広告掲載 ［PR］ [PR] 【PR】 パスワードを忘れ "
    "メールマガジン カートに カートを 買い物かご 購入手続 お気に入りに追加 関連記事 "
    "関連商品 関連する質問 おすすめ商品 人気商品 最近チェックした 関連リンク 人気記事 "
    "人気の記事 おすすめ記事 最近の記事 最新記事 新着記事 あわせて読みたい こちらも見て "
    "アクセスランキング 月別アーカイブ コメントを残す コメントを書く コメントする コメントはまだ "
    "コメントを送信 トラックバック カテゴリー: カテゴリ: タグ: クッキーを使用 Cookieを使用 文字サイズ "
    "文字の大きさ"
)
# These only where they are the whole line.
_WHOLE_LINES = (
    "戻る もどる リンク 目次 ホーム トップ トップページ 検索 次へ 前へ 次 前 広告 pr 編集 返信 共有 "
    "シェア 印刷 メニュー 閉じる お知らせ一覧 home top back next menu share tweet 目次へ ▲ △ ↑ "
    "サイト内検索 お問い合わせ お問合せ 索引 ヘルプ 上へ more ログイン ログアウト 会員登録 新規登録 "
    "印刷する シェアする ツイート ポストする サイトマップ 会社概要 運営会社 利用規約 "
    "プライバシーポリシー 個人情報保護方針 同意する"
)
_ENGLISH = (
    "copyright|all rights reserved|powered by|privacy policy|terms of use|terms of service|sign in|log in|sign up|"
    "back to top|read more|share this|leave a reply|leave a comment|page top|pagetop|subscribe to|skip to content"
)
_NOTICES = (
    "クッキーを使用|クッキーを利用|クッキー（cookie）を|cookieを使用|cookieを利用|cookie（クッキー）を|"
    "cookieの使用に同意|クッキーの使用に同意|無断転載を|無断転載・|無断での転載|無断複製|転載を禁|複製を禁|"
    "uses cookies|use cookies|use of cookies|all rights reserved|without permission"
)
_SIGNED = (
    "投稿者： 投稿者: 執筆者： 執筆者: 執筆： 執筆: 執筆／ 文： 文: 文／ 文責： 文責: 著者： 著者: ライター： "
    "ライター: 取材・文 posted_by_ written_by_ by_"
)
PHRASE_STATES, PHRASE_MARKS = automaton(
    {
        FURNITURE: [
            *(phrase.lower().encode() for phrase in (*_FURNITURE.split(), *_ENGLISH.split("|"))),
            *(b"\0" + phrase.encode() + b"\0" for phrase in _WHOLE_LINES.split()),
        ],
        NOTICE: [phrase.encode() for phrase in _NOTICES.split("|")],
        SIGNED: [b"\0" + phrase.replace("_", " ").encode() for phrase in _SIGNED.split()],
    },
    256,
)


@kernel
def phrases(
    text: npt.NDArray[np.uint8],
    start: int,
    end: int,
    states: npt.NDArray[np.int16],
    marks: npt.NDArray[np.int64],
) -> int:
    """The marks of what is said in `text[start:end]`; ASCII letters of either case are the same."""
    state = states[0, 0]
    found: int = signed(0)
    for i in range(start, end):
        byte = text[i]
        if 65 <= byte <= 90:
            byte |= 32
        state = states[state, byte]
        found |= marks[state]
    found |= marks[states[state, 0]]
    return found
