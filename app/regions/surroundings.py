"""What stands around a name in an address, and what it says about the name. Pure.

A text is cut at its punctuation: LIST separates things that stand side by side (北京/上海), PATH steps of one way down
(广州-天河区-珠江新城). Neither is left in the names.
"""

import re

from app.lookup.normalise import normalise

LIST, PATH = "/", "-"
_CUT = re.compile(r"\s{2,}|[^\w\s.．'’#＃+＋&＆]+")
_PATH_SIGNS = frozenset("-－–—―~～·・•>＞→")
_END = re.compile(rf"$|[{LIST}{PATH}]")

# What may stand before a city of ours.
COUNTRY = re.compile("(?:中国)?(?:广东省?)?")
_COUNTED = "[东南西北中前后新老横一二三四五六七八九十]{0,3}"
_ROADS = "路|大道|大街|直街|横街|街|巷|马路|公路|快速|高速|立交"
_ROAD = re.compile(rf"{_COUNTED}(?:{_ROADS})(?!道)")
_ANY_ROAD_NUMBERED = re.compile(
    rf"[一-鿿]{{1,8}}?(?:{_ROADS}|工业区|工业园|产业园|科技园|创意园|园区|村|围)[东南西北中]?(?:\d|$|[{LIST}{PATH}])"
)
# Things that are called after a place, wherever they are: 白云宾馆, 广州大厦, 越秀地产.
_NAMESAKE = re.compile(
    r"[东南西北中]?(?:道|桥|大桥|隧道|公园|广场|码头|机场|火车|客运|站(?!前)|涌|山|湖|岛|城|医院|学校|大学|中学|小学|学院"
    r"|大厦|中心|酒店|宾馆|饭店|酒家|国际|花园|商务|科技|剧院|剧场|体育|图书|博物|银行|证券|保险|地产|集团|股份|公司|实业"
    r"|电器|啤酒|书店|法院|海关|军校|二号)"
)
# What carries the name of a place into another: 中山大学附属第一医院, 白云山制药.
_CARRIES_AWAY = re.compile(
    r"[^\W\d_]{0,6}?(?:附属|附一|附二|附中|附小|校区|校园|分校|分院|院区|研究院|集团|股份|药业|制药|医药|地产|置业|银行|啤酒|书店|公司|学会|协会|商会)"
)
_CAMPUS = ("校区", "校园", "分校", "分院", "院区")
_BRANCH = re.compile(
    rf"[一-鿿]{{0,2}}(?:店|店铺|门店|分公司|支行|分行|分部|分局|分院|院区|校区|分校|营业厅|营业部|服务部|仓库|仓)(?:\d|{_END.pattern})"
)
_NEARBY = re.compile(r"(?:地铁|公交|高铁)站?|附近|周边|一带|片区|地区|区域|全区|各镇街|境内|商圈")
_STATION = re.compile(r"站(?!前)")
_NUMBER = re.compile(r"[a-z]?\d+[a-z]?(?:[号栋座楼层室房弄幢]|之|$)|[a-z]\d*[座栋区馆]")
_BEFORE = frozenset("市区镇县街道路村省号于在近处址到至和与")


def cut(text: str) -> str:
    """`text` normalised, with one sign for each run of punctuation."""
    pieces: list[str] = []
    at = 0
    for sign in _CUT.finditer(text):
        pieces += [normalise(text[at : sign.start()]), PATH if set(sign[0].strip()) & _PATH_SIGNS else LIST]
        at = sign.end()
    pieces.append(normalise(text[at:]))
    return "".join(pieces)


def ends(rest: str) -> bool:
    """Whether nothing follows in this part of the text."""
    return _END.match(rest) is not None


def is_road(rest: str) -> bool:
    """Whether the name before is the beginning of a road's: 北京|东路."""
    return _ROAD.match(rest) is not None


def is_namesake(rest: str) -> bool:
    """Whether the name before is only what something is called after."""
    return _ROAD.match(rest) is not None or _NAMESAKE.match(rest) is not None


def is_carried_away(rest: str) -> bool:
    """Whether what follows is an institution that has the name but may be anywhere, or its campus somewhere else."""
    found = _CARRIES_AWAY.match(rest)
    return found is not None and (found[0].endswith(_CAMPUS) or _BRANCH.match(rest) is None)


def is_branch(rest: str) -> bool:
    """Whether what follows says that something has a branch there: 天河|旗舰店."""
    return _BRANCH.match(rest) is not None


def is_told(rest: str, *, station: bool = False) -> bool:
    """Whether what follows leaves the name before a place: an end, a number, 附近; with `station` also 站."""
    return (
        ends(rest)
        or _NUMBER.match(rest) is not None
        or _NEARBY.match(rest) is not None
        or (station and (_STATION.match(rest) is not None or is_branch(rest)))
    )


def is_address(rest: str) -> bool:
    """Whether what follows is a road, village or estate, as in an address."""
    return _ANY_ROAD_NUMBERED.match(rest) is not None


def may_begin(plain: str, at: int) -> bool:
    """Whether a name may begin at `at` judging by what stands before: 派潭村 does not contain 潭村."""
    before = plain[at - 1 : at]
    return not before or before in _BEFORE or before in (LIST, PATH) or before.isdigit()
