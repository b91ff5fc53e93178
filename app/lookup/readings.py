"""How characters are read: syllables without tones, every reading of a character, and folded southern accents. Pure.

A syllable is one character of the private use area, so that rapidfuzz compares syllables as it compares letters.
Readings are those of the package pypinyin; surnames and heteronyms (单, 仇, 区, 曾, 行, 长) keep theirs, three at most.
"""

import re
import unicodedata
from functools import cache
from itertools import count

from pypinyin.pinyin_dict import pinyin_dict

from app.lookup.normalise import is_han

MAX_READINGS = 3
# Characters that are really spoken in more than one way, in words or as surnames and place names. The dictionary gives
# old readings to many more (员 yun, 机 wei), which nobody types.
_SPOKEN_OTHERWISE = frozenset(
    "行长调单会重传间干降教卷量率模便参差朝乘处当倒都发佛更供给冠号和核横华划几假监将角看空落累厦铺曲塞扇少省盛石数宿提弹挑相校血压应"
    "种转载炸钻作仇区曾解任盖查乐朴翟尉缪冯纪卜过哈黑句宁娄那能瞿秘万燕折祝番埔滘涌圳柏薄暴辟剥藏绰畜得的地斗度恶咖嘎夹强嚼尽劲"
    "禁奇卡壳露绿没蒙泌磨难泥宁迫仆期切圈散色刹杉上召识似汤帖通吐尾为鲜削兴宣巷咽钥遗尤予晕扎粘爪者中轴属著幢琢仔"
)
_SYLLABLES, _FOLDED = 0xE000, 0xEC00  # the private use area has room for 6,400; there are some 420 syllables
_numbers: dict[str, int] = {}
_next_number = count()

# What a southern accent does not tell apart: zh/z, ch/c, sh/s, n/l, r/l, h/f, -ng/-n.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("r", "l"), ("h", "f"))
_FINAL = re.compile(r"(?<=[aei])ng$")
_LETTERS = (
    (re.compile(r"([zcs])h"), r"\1"),
    (re.compile(r"(?<=[aei])ng"), "n"),
    (re.compile(r"[nr](?=[aeiouv])"), "l"),
    (re.compile(r"h"), "f"),
)


@cache
def readings(character: str) -> tuple[str, ...]:
    """The readings of a Chinese character without tones, the usual first, at most three; () for anything else."""
    if not is_han(character):
        return ()
    plain = (_without_tone(reading) for reading in pinyin_dict.get(ord(character), "").split(",") if reading)
    return tuple(dict.fromkeys(plain))[: MAX_READINGS if character in _SPOKEN_OTHERWISE else 1]


@cache
def fold(syllable: str) -> str:
    """A syllable as a southern accent may say it."""
    for spoken, folded in _INITIALS:
        if syllable.startswith(spoken):
            syllable = folded + syllable[len(spoken) :]
            break
    return _FINAL.sub("n", syllable)


def fold_letters(letters: str) -> str:
    """Pinyin letters that nobody has cut into syllables, folded alike for names and queries."""
    for pattern, folded in _LETTERS:
        letters = pattern.sub(folded, letters)
    return letters


@cache
def syllable_sign(syllable: str) -> str:
    """The one character that stands for a syllable."""
    return chr(_SYLLABLES + _number(syllable))


@cache
def folded_sign(syllable: str) -> str:
    """The one character that stands for a syllable and all that an accent makes the same."""
    return chr(_FOLDED + _number(fold(syllable)))


def _number(syllable: str) -> int:
    return _numbers.setdefault(syllable, next(_next_number))


def _without_tone(reading: str) -> str:
    spelt = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(letter for letter in spelt if letter.isascii() and letter.isalpha())
