"""What advertisements and hurried people write around a name, taken away without harm. Pure.

Nothing here decides: a query is always scored both as written and stripped, and the better counts.
"""

import re

_BRACKETS = re.compile(r"[（(【\[「《{].*?[)）】\]」》}]")
_AFTER_SLASH = re.compile(r"[/|｜、].*$")
_NUMBER = r"[0-9０-９.]+"
_PAY = re.compile(
    rf"{_NUMBER}\s*[kKwW千万]?\s*[-~—至到]?\s*(?:{_NUMBER})?\s*[kKwW千万]?\s*(?:元|块)?\s*(?:/|每)?\s*(?:月|天|日|小时|时|年)?\s*$"
)
_COUNT = re.compile(rf"(?:{_NUMBER}|[一二两三四五六七八九十数若干]+)\s*(?:名|位|个|人)$")
_BEFORE = re.compile(
    r"^(?:招聘|招收|招|诚聘|诚招|高薪|急聘|急招|急需|急|直招|直聘|聘请|聘|现招|大量|长期|全职|兼职|临时|暑假|寒假|本公司|我司|工厂|想找|想做|找|做过)+"
)
_LEVEL = re.compile(r"^(?:熟练|资深|初级|中级|高级|助理)+")
_AFTER = re.compile(
    r"(?:急招|急聘|包吃住|包吃|包住|五险一金|五险|双休|学徒可|可学徒|生手可|生熟手|待遇优|薪资面议|面议|优先|工作|岗位|职位|数名|若干|若干名)+$"
)


def stripped(text: str) -> list[str]:
    """`text` with less and less around the name; what would leave nothing is left out."""
    found = [text.strip()]
    for patterns in ((_BRACKETS, _AFTER_SLASH), (_PAY, _COUNT, _AFTER, _BEFORE), (_LEVEL,)):
        bare = found[-1]
        while True:
            shorter = bare
            for pattern in patterns:
                shorter = pattern.sub("", shorter).strip() or shorter
            if shorter == bare:
                break
            bare = shorter
        found.append(bare)
    return found[1:]
