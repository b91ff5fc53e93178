"""Traps for the reading of places: what looks like a division and is none, or could be several. Nothing is guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.regions.places import PlaceIndex
from app.regions.shipped import load_shipped
from tests.bench.addresses import ASKED, OWN, addresses_of, measure

REGIONS = load_shipped()
CITY = "440100"
CODES = {REGIONS.full_name(code).removeprefix("广州市"): code for code in REGIONS.by_code}

TAKEN = {
    # a written district is not overruled by a word that sounds like a street elsewhere
    "广州市番禺新世界": "番禺区",
    "天河体育西路新世界百货": "天河区",
    "广州市天河中山大道西158号东方新世界": "天河区",
    "番禺市桥": "番禺区市桥街道",
    "广州市白云机场路12号": "白云区",
    "番禺大石新世界": "番禺区",
    "白云区新世界": "白云区",
    "越秀区大世界": "越秀区",
    # a district that is written decides, whatever institution stands behind it
    "越秀区人民法院": "越秀区",
    "越秀人民法院": "越秀区",
    "白云区人民医院": "白云区",
    "天河区太平洋电脑城": "天河区",
    "番禺区珠江啤酒": "番禺区",
    "海珠区新华书店": "海珠区",
    "天河区建设银行": "天河区",
    "荔湾区人民法院": "荔湾区",
    "天河区香港大厦": "天河区",
    "海珠区佛山路": "海珠区",
    # 超市 is no city, nor 都市 and 夜市
    "百佳超市天河店": "天河区",
    "大润发超市番禺区": "番禺区",
    "沃尔玛超市天河区": "天河区",
    "永辉超市海珠店": "海珠区",
    "都市丽人番禺区": "番禺区",
    "夜市天河区": "天河区",
    "麦当劳白云店": "白云区",
    "中国电信越秀分公司": "越秀区",
    # roads and areas that begin with another city's name
    "北京路12号": "越秀区",
    "北京路步行街": "越秀区",
    "东莞庄路12号": "天河区五山街道",
    "黄石东路": "白云区",
    "黄山鲁": "南沙区",
    "南海神庙": "黄埔区穗东街道",
    "广州北京路": "越秀区",
    "中山大道西": "天河区",
    # former districts, cities and counties
    "芳村": "荔湾区",
    "芳村区": "荔湾区",
    "东山区": "越秀区",
    "萝岗区": "黄埔区",
    "广州市萝岗科丰路31号": "黄埔区",
    "增城市仙村镇": "增城区仙村镇",
    "从化市": "从化区",
    "花县": "花都区",
    # communities
    "广州市越秀区六榕街道盘福社区居委会": "越秀区六榕街道盘福社区居委会",
    "六榕街道盘福社区": "越秀区六榕街道盘福社区居委会",
    "派潭村": "增城区派潭镇派潭村委会",
    "钟落潭村": "白云区钟落潭镇钟落潭村委会",
    "土江村委会": "增城区石滩镇土江村委会",
    "花都区花东镇大塘村": "花都区花东镇大塘村委会",
    "海珠区和平社区": "海珠区凤阳街道和平社区居委会",
    "番禺南村镇南村村": "番禺区南村镇南村村民委员会",
    # by sound and in letters, where an address has a district
    "广州市天合区元岗路3号": "天河区",
    "广州市越绣区东风东路": "越秀区",
    "广州市黄浦区科学城": "黄埔区",
    "越秀北惊街道": "越秀区北京街道",
    "石棋镇": "番禺区石碁镇",
    "广州市tianhequ元岗路3号": "天河区",
    "广州市tianhe区元岗路3号": "天河区",
    "haizhuqubinjiang": "海珠区滨江街道",
    "panyuquzhongcun": "番禺区钟村街道",
    "TianheDistrict": "天河区",
    "renhezhen": "白云区人和镇",
    # MATCHING: kinds and short forms
    "穗东街道": "黄埔区穗东街道",
    "北京街道": "越秀区北京街道",
    "人民街道": "越秀区人民街道",
    "新塘街道": "天河区新塘街道",
    "新塘镇": "增城区新塘镇",
    "广州白云": "白云区",
    "珠江新城": "天河区",
    "东圃": "天河区",
    "客村": "海珠区",
    "沙河": "天河区沙河街道",
    "广州市珠江新城某大厦": "天河区",
    "湖北省宜昌市发展大道11栋；广州市天河区中山大道中439号": "天河区",
    "公司地址：广州市海珠滨江东路73号 江苏省工厂地址：张家港市": "海珠区",
}

OFFERED = {
    # a wrong character in a name of two
    "越透": "越秀区",
    "天荷包": "天河区",
    # common words that sound like a street
    "新世界": "白云区新市街道",
    "新市界": "白云区新市街道",
    "天河新世界": "天河区",
    "广州天河新世界": "天河区",
    "惊喜": "白云区京溪街道",
    "任何": "白云区人和镇",
    "大世界": "番禺区大石街道",
    # a bare stem in front of a word that is no place
    "太平洋电脑城": "从化区太平镇",
    "建设银行": "越秀区建设街道",
    "新华书店": "花都区新华街道",
    "珠江啤酒": "南沙区珠江街道",
    "人民法院": "越秀区人民街道",
    "人民公园": "越秀区人民街道",
    "太平鸟": "从化区太平镇",
    "人和药店": "白云区人和镇",
    "凤凰卫视": "天河区凤凰街道",
    "前进鞋业": "天河区前进街道",
    "流花宾馆": "越秀区流花街道",
    "花城出版社": "花都区花城街道",
    "白云电器": "白云区",
    "白云边酒": "白云区",
    "越秀地产": "越秀区",
    "番禺宾馆": "番禺区",
    "南沙群岛": "南沙区",
    "天河二号": "天河区",
    "白云山制药": "白云区",
    "永和豆浆": "黄埔区永和街道",
    "广州大厦": "",
    "中山大学附属第一医院": "海珠区",
    "中山大学深圳校区": "海珠区",
    "沙河粉": "天河区",
    "东山少爷": "越秀区",
    # a road called after a division, with or without a number
    "人民路": "越秀区人民街道",
    "人民街12号": "越秀区人民街道",
    "新华街5号": "花都区新华街道",
    "五山大厦": "天河区五山街道",
    # what lies in several places
    "水荫路52号": "天河区",
    "生物岛8号": "黄埔区",
    "潭村8号": "白云区石井街道",
    "广州大道中988号": "越秀区",
    "白云机场": "花都区",
    "人民中路": "荔湾区",
    "金穗路与北京路": "天河区",
    "天河区、越秀区": "越秀区",
    "天河越秀": "天河区",
    "从化增城": "增城区",
    "白云番禺区": "白云区",
    "天河区番禺店": "番禺区",
    "番禺区石牌街道": "天河区石牌街道",
    "广州市萝岗区永和街9号/广州市天河区枫叶路3号": "天河区",
    "白云": "越秀区白云街道",
    "黄埔": "黄埔区",
    "南沙": "南沙区",
    "新塘": "增城区新塘镇",
    "萝岗": "黄埔区",
    "东山": "越秀区",
    # communities whose name repeats, or is also something else
    "幸福社区": "越秀区东山街道幸福社区居民委员会",
    "和平社区": "海珠区凤阳街道和平社区居委会",
    "岭南社区": "白云区同德街道岭南社区居委会",
    "岭南": "荔湾区岭南街道",
    "大塘": "海珠区江海街道",
    "元岗村": "天河区",
    "逢源社区": "荔湾区逢源街道",
    "江夏社区": "白云区黄石街道",
    "锦绣": "荔湾区金花街道锦绣社区居民委员会",
    # other cities' names that are also ours, and lists
    "北京": "越秀区北京街道",
    "beijing": "越秀区北京街道",
    "黄浦区": "黄埔区",
    "北京/上海/广州": "",
    "总部/深圳/广州": "",
    "佛山/广州": "",
    "深圳、天河区": "天河区",
    "大沙河": "黄埔区大沙街道",
}

NOWHERE = """
    上海广州路 深圳广州大厦 佛山南海广州本田4S店 佛山广州本田4S店 佛山禅城区季华路 贵阳白云区 贵州省贵阳市白云区
    贵阳-白云区 上海白云区 北京天河大厦 香港 香港九龙 澳门 台湾 澳门北京路 东莞 东莞长安 虎门镇 中山市 中山小榄镇
    珠海香洲 顺德大良 南海桂城 黄岐 南海大沥黄岐 里水金沙洲 佛山市南海区黄岐广佛路 深圳南山 南山区科技园 宝安西乡
    南京市鼓楼区广州路140号 山东省青岛胶州市广州北路813号 太仓市广州东路188号 武汉江夏 石家庄新华区 沈阳大东区
    南昌东湖区 武汉天河机场 昆山广州路 北京大学 北京南站 上海城 湖南广州大厦 广东深圳 广东佛山南海广州路 海南岛 义乌
    foshan shenzhen xianggang 河南 湖北武汉 朝阳 长沙 海南
"""

NOTHING = ["超市", "农业银行", "上市公司", "广东大厦", "中国银行", "工商银行", "重庆北路12号楼下"]


@pytest.fixture(scope="module")
def places() -> PlaceIndex:
    return REGIONS.places


@pytest.mark.parametrize(("text", "name"), TAKEN.items())
def test_what_is_written_is_taken(places: PlaceIndex, text: str, name: str) -> None:
    assert places.resolve(text).code == CODES[name]


@pytest.mark.parametrize(("text", "among"), OFFERED.items())
def test_what_may_be_meant_is_offered_and_not_taken(places: PlaceIndex, text: str, among: str) -> None:
    meant = places.resolve(text)
    assert meant.code is None
    assert CODES[among] in [hit.id for hit in meant.choices]


@pytest.mark.parametrize("text", NOWHERE.split())
def test_a_place_in_another_city_is_said_to_be_there(places: PlaceIndex, text: str) -> None:
    meant = places.resolve(text)
    assert (meant.code, meant.choices) == (None, ())
    assert meant.elsewhere is not None


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_place_is_not_taken(places: PlaceIndex, text: str) -> None:
    assert places.resolve(text).code is None


def test_every_street_is_found_by_its_full_name_before_any_road(places: PlaceIndex) -> None:
    for district in REGIONS.children(CITY):
        for street in REGIONS.children(district.code):
            text = f"广州市{district.name}{street.name}某某路1号"
            assert places.resolve(text).code == street.code, text


def test_every_community_is_found_by_its_full_name(places: PlaceIndex) -> None:
    for district in REGIONS.children(CITY):
        for street in REGIONS.children(district.code):
            for community in REGIONS.children(street.code):
                text = REGIONS.full_name(community.code)
                assert places.resolve(text).code == community.code, text


def test_a_former_name_within_a_whole_address_is_not_lost(places: PlaceIndex) -> None:
    assert places.resolve("广东省广州从化市江埔街从城大道113号").code == CODES["从化区江埔街道"]


def test_our_own_addresses_are_right_however_the_district_is_written() -> None:
    addresses = addresses_of(OWN.read_text("utf-8").splitlines(), REGIONS)
    assert len(addresses) > 50
    for line in measure(addresses, REGIONS):
        assert line.counts["wrong"] == 0, line
        assert line.right >= ASKED or line.kind == "no district", line


@settings(deadline=None)  # the first words build the index
@given(st.text(alphabet="天河白云区越秀街道广州市佛山路村社居委会店新世界tianhequ-/、 12号", max_size=16))
def test_any_words_are_read_without_complaint_and_never_both_taken_and_asked(text: str) -> None:
    meant = REGIONS.places.resolve(text)
    assert meant.code is None or (meant.code in REGIONS and meant.choices == ())
