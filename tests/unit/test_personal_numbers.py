"""What counts as a person's number in a public text, however it is written, and which other numbers may stand there."""

import time

import pytest

from app.kernel.personal_numbers import has_personal_number

# Fictitious: 154 is no network, 99 no province, subscribers of nines nobody's.
FOUND = [
    # mobile numbers
    "15400000003",
    "电话15400000003",
    "虚构王小明 15400000003 990104199803120016",
    "电话：154-0000-0003 张女士",
    "1540 000 0003",
    "154–0000–0003",
    "154.0000.0003",
    "154-000-00003",
    "154 00 00 00 03",
    "15400 000003",
    "154-00000003",
    "1540000-0003",
    "154·0000·0003",
    "154_0000_0003",
    "154(0000)0003",
    "1 5 4 0 0 0 0 0 0 0 3",
    "１５４００００００03",
    "154\u200b0000\u200b0003",
    "154\u20600000\ufeff0003",
    "1️⃣5️⃣4️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣0️⃣3️⃣",
    "①⑤④0000000③",
    "一五四零零零零零零零三",
    "幺五四〇〇〇〇〇〇〇三",
    "壹伍肆零零零零零零零叁",
    "一五四 零零零零 零零零三",
    "154一0000一0003",
    "١٥٤٠٠٠٠٠٠٠٣",
    "+86 15400000003",
    "8615400000003",
    "0086-154-0000-0003",
    "015400000003",
    # landline numbers
    "02099999999",
    "固话020-99999999",
    "(020)99999999",
    "（020）9999 9999",
    "020 99999999",
    "020-99999999",
    "020.9999.9999",
    "+86 20 9999 9999",
    "86-20-99999999",
    "07559999999",
    "0755-9999999。",
    "电话99999999",
    "联系电话：9999-9999",
    "座机 999 9999",
    "tel: 99999999",
    # citizen ids
    "990104199803120016",
    "证号99010419980312001X",
    "990104 19980312 0016",
    "990104-1998-0312-001x",
    "９９０１０４１９９８０３１２００１６",
    # messengers
    "微信15400",
    "微信号：123456789",
    "加微信 123456789",
    "VX:abc_12345",
    "微信号 wxid_abc123",
    "薇信：123456",
    "QQ 12345678",
    "QQ群：123456789",
    "qq:1234-5678",
    "扣扣一二三四五六七八",
    "12345678@qq.com",
    "123456789（微信）",
]
MAY_STAND = [
    # credit codes, one of digits only
    "91990104MA0000001A",
    "统一社会信用代码91990104MA0000001A",
    "919901041904817727",
    # streets and places
    "中山五路123号之一2楼",
    "东风中路 410-412 号 1504 房",
    "020路",
    "地铁1号线转3号线B2口",
    # service numbers
    "4009999999",
    "400-999-9999",
    "热线400-9999999",
    "服务热线：400 9999 999",
    "电话800-999-9999",
    "10086",
    "12333",
    "电话：12345",
    # days and hours
    "2026-11-23至2027-01-31",
    "2026.11.23 8:00-17:30",
    "1998年3月12日",
    "8:00-17:30，14:00-22:00",
    "二〇二六年十一月二十三日",
    "周一至周五，三班两倒",
    # pay
    "月薪15000-18000 2人",
    "12000-18000元/月",
    "15000-180000元/年",
    "3500.00元",
    "底薪3000+提成，13薪",
    "接电话 5000-8000元",
    "1500、1800、200",
    "1500 1800 2000",
    # references and other numbers
    "订单号1540000000399",
    "215400000003",
    "9901041998031200169",
    "020-123456",
    "12345678901",
    "HR-2026-001",
    "GZ20261123001",
    "编号2026-1540-003",
    "ISO 9001:2015，GB/T 4754-2017",
    "型号 CK6140-1500",
    # words
    "熟悉微信公众号运营，粉丝10000以上",
    "微信小程序开发",
    "会用QQ、微信和Excel",
    "电话销售",
    "虚构示例·王小明早餐店",
    "王小明",
    "身高160-175，年龄18-45岁",
    "一二三楼保洁，三四五楼另聘",
]


@pytest.mark.parametrize("text", FOUND)
def test_a_number_of_a_person_is_found_however_it_is_written(text: str) -> None:
    assert has_personal_number(text)
    assert has_personal_number(f"保洁员（{text}），早班")


@pytest.mark.parametrize("text", MAY_STAND)
def test_any_other_number_may_stand_in_a_public_text(text: str) -> None:
    assert not has_personal_number(text)
    assert not has_personal_number(f"招保洁员：{text}。")


@pytest.mark.parametrize("piece", ["1 ", "9" * 2, "1-", "微信", "((", "1()"])
def test_a_text_made_to_be_slow_takes_no_more_than_its_length(piece: str) -> None:
    """Four times the text: linear work is four times as much, and quadratic sixteen times."""

    def work(count: int) -> float:
        began = time.thread_time()
        for _ in range(8000 // count):
            has_personal_number(piece * count)
        return time.thread_time() - began

    assert min(work(2000) for _ in range(3)) < 2.5 * min(work(500) for _ in range(3)) + 0.005
