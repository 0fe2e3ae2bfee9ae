"""Which language a text is written in, by its letters and its commonest words.

A table and counting: no model, no other module. Says nothing rather than guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

MIN_WORDS = 8  # fewer prove nothing
MIN_KINDS = 2  # different common words that must occur
MIN_SHARE = 0.08  # of the words that must be the language's commonest ones
LEAD = 1.1  # how many more than in the second language
_WORD = re.compile(r"[^\W\d_]+")

# The commonest words that a language shares with few others; ISO 639-1 codes.
COMMON_WORDS = {
    "en": "the of and to is that was for it with as his on be at by this had not are but from",
    "de": "der die und den das von zu mit sich des auf für ist im dem nicht ein eine als auch",
    "fr": "le la les et des est dans une du pour que qui au sur pas plus par sont avec il",
    "es": "el la de los las y en que un una por con para es del se lo como más su al",
    "it": "il di che la e per un una con del della non sono si dei le gli nel alla anche",
    "pt": "o a os as de que e do da em um uma para com não por dos das ao mais se",
    "nl": "de het een van en in is dat op te zijn met voor niet aan er om ook als bij",
    "sv": "och att det i en som på är av för med den till inte om ett har de var jag",
    "da": "og at det i en som på er af for med til ikke blev efter mod de har alle jeg hvad",
    "no": "og at det i en som på er av for med til ikke ble etter mot de har alle jeg hva",
    "fi": "ja on ei että se hän oli ovat myös kun mutta tai joka sen ole mukaan jo niin kuin",
    "pl": "i w na z do się nie to jest że o jak po od za przez są dla oraz był",
    "cs": "a v na se je že s z do o i to za pro jsou ve byl od jako po k",
    "hu": "a az és hogy nem is egy ez volt meg de csak már mint vagy el kell azt még van",
    "ro": "și de la în a cu pe nu din care este o un mai pentru sau au fost ce prin",
    "tr": "ve bir bu da de için ile olarak çok daha olan gibi kadar sonra var ama en ne o",
    "ru": "и в не на что с по это как из у к от за был для о так же но",
    "uk": "і в не на що з до це як у та від за був для про або його але є",
}
_SETS = {code: frozenset(words.split()) for code, words in COMMON_WORDS.items()}

# Letters that only one language here writes (or nearly so), by their names in Unicode.
_SCRIPTS = {"HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "GREEK": "el", "ARABIC": "ar"}
_SCRIPTS |= {"HEBREW": "he", "THAI": "th", "DEVANAGARI": "hi", "CJK": "zh"}
_CJK_WEIGHT = 3  # a character of Chinese says as much as several letters
_KANA_SHARE = 0.1  # of Chinese characters and kana together that are kana in Japanese


def language_of(text: str) -> str | None:
    """The ISO 639-1 code of the language that most of a text is in, None when that is unsure."""
    letters = Counter(_script(char) for char in text if char.isalpha())
    letters["zh"] *= _CJK_WEIGHT
    letters["ja"] *= _CJK_WEIGHT
    east_asian = letters["zh"] + letters["ja"]
    if east_asian and letters["ja"] >= _KANA_SHARE * east_asian:
        letters["ja"], letters["zh"] = east_asian, 0
    if not letters:
        return None
    script, n_letters = letters.most_common(1)[0]
    if script == "":
        return _by_words(text)
    return script if n_letters >= MIN_WORDS else None


def _script(char: str) -> str:
    """The language of a letter that one language writes, "" for the letters of many."""
    if char < "\u0370":
        return ""
    return _SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0], "")


def _by_words(text: str) -> str | None:
    words = _WORD.findall(text.casefold())
    if len(words) < MIN_WORDS:
        return None
    counts = Counter(words)
    scores = {
        code: sum(counts[word] for word in common) / len(words) for code, common in _SETS.items()
    }
    best, second = sorted(scores, key=lambda code: -scores[code])[:2]
    is_sure = scores[best] >= MIN_SHARE and scores[best] >= LEAD * scores[second]
    return best if is_sure and len(_SETS[best] & counts.keys()) >= MIN_KINDS else None
