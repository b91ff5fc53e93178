"""How a title is cut into the pieces that are compared, in Chinese and in English. Pure."""

import re
from collections.abc import Iterator

from app.lookup.normalise import normalise

_RANK_ZH = re.compile(
    "首席|高级|资深|初级|中级|助理|实习生|实习|主管|经理|总监|负责人|主任|副总裁|专员|专家|顾问|代表|团队|领班|企业|公司|持证|专业"
    "|全国|区域|集团|项目|内部|技术人员|开发人员|人员|工作者|从业者|部$"
)
_RANK_EN = re.compile(
    r"\b(?:senior|junior|lead|chief|head|assistant|associate|principal|staff|manager|director|supervisor|specialist"
    r"|coordinator|of|the|and|ii|iii|intern|trainee|consultant|officer|executive)\b"
)


def zh_pieces(text: str) -> Iterator[str]:
    """Characters and pairs of them; beginning and end count as characters."""
    plain = normalise(text)
    bounded = f"^{plain}$"
    yield from plain
    yield from (bounded[at : at + 2] for at in range(len(bounded) - 1))


def zh_topic(text: str) -> Iterator[str]:
    """The pieces of a title without its words for rank."""
    plain = normalise(text)
    return zh_pieces(_RANK_ZH.sub("", plain) or plain)


def en_pieces(text: str) -> Iterator[str]:
    """Two to five letters within words."""
    for word in re.split(r"[\s/,-]+", text.casefold()):
        bounded = f" {word} "
        for size in (2, 3, 4, 5):
            yield from (bounded[at : at + size] for at in range(len(bounded) - size + 1))


def en_topic(text: str) -> Iterator[str]:
    """The pieces of a title without its words for rank."""
    plain = text.casefold()
    return en_pieces(_RANK_EN.sub("", plain).strip() or plain)
