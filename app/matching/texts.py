"""Every sentence that matching says, in Chinese and English: plain and short, for a clerk to read out. Pure.

A key names the situation; `{…}` are filled by `say`, which fails rather than leave one open. Sentences about hard
conditions stand under the condition's reason, what would change a failed or obtainable one under `change.` + reason.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from app.taxonomy.terms import EducationLevel, Refusal, ReservedFor, Shift


class Said(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str


def say(key: str, **values: Said | str | int) -> Said:
    """The sentence under `key` with its places filled; KeyError for an unknown key or a missing value."""
    return _say(key, tuple(values.items()))


@lru_cache(maxsize=16_384)  # the same few thousand sentences are said again and again
def _say(key: str, values: tuple[tuple[str, Said | str | int], ...]) -> Said:
    text = TEXTS[key]
    zh = {name: value.zh if isinstance(value, Said) else value for name, value in values}
    en = {name: value.en if isinstance(value, Said) else value for name, value in values}
    return Said(text.zh.format(**zh), text.en.format(**en))


def label(term: StrEnum) -> Said:
    """What a code of the shared lists is called."""
    return LABELS[type(term)][term]


def together(*sentences: Said) -> Said:
    """Sentences one after the other."""
    return Said("".join(one.zh for one in sentences), " ".join(one.en for one in sentences))


def length(months: int) -> Said:
    """A length of time in years and months."""
    years, rest = divmod(months, 12)
    zh = (f"{years}年" if years else "") + (f"{rest}个月" if rest or not years else "")
    parts = [f"{years} year{'s' * (years > 1)}"] * bool(years)
    parts += [f"{rest} month{'s' * (rest != 1)}"] * bool(rest or not years)
    return Said(zh, " ".join(parts))


def yuan(fen: int) -> str:
    """An amount in yuan: 4500, 18.50."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


TEXTS: Mapping[str, Said] = {
    # Occupation
    "occupation.same": Said("希望做{wish}，该岗位就是{post}。", "Wants {wish}; the post is {post}."),
    "occupation.covered": Said("希望做{wish}，{post}属于这一类。", "Wants {wish}; {post} is work of that kind."),
    "occupation.near": Said("希望做{wish}，{post}是相近的工作。", "Wants {wish}; {post} is near work."),
    "occupation.class": Said(
        "希望做{wish}，{post}属于同一小类职业。", "Wants {wish}; {post} is in the same class of occupations."
    ),
    "occupation.words_equal": Said("希望做{wish}，岗位写的也是{post}。", "Wants {wish}; the post says {post} too."),
    "occupation.words_alike": Said(
        "希望做“{wish}”，岗位写的是“{post}”，名称相似，请核对。",
        "Wants “{wish}”; the post says “{post}”. The names are alike: please check.",
    ),
    "occupation.none": Said(
        "该岗位是{post}，不是希望的职业。", "The post is {post}, which is not a wished occupation."
    ),
    "occupation.no_wish": Said("没有填写希望的职业。", "No wished occupation was given."),
    "occupation.rank_2": Said("这是第二志愿。", "It is the second wish."),
    "occupation.rank_3": Said("这是第三志愿。", "It is the third wish."),
    # Experience
    "experience.full": Said("相关经验{held}，已经足够。", "Relevant experience: {held}, which is enough."),
    "experience.part": Said(
        "相关经验{held}，满分要{needed}。", "Relevant experience: {held}; full points need {needed}."
    ),
    "experience.zero": Said("没有做过这种或相近的工作。", "Has not done this or near work."),
    "experience.to_ask": Said("没有问过工作经验，请询问。", "Experience was not asked: please ask."),
    # Skills
    "skills.not_listed": Said("岗位未列技能，按职业估计。", "The post lists no skills; estimated from the occupation."),
    "skills.some": Said("岗位列出{listed}项技能，对上{found}项。", "The post lists {listed} skills; {found} answered."),
    "skills.none": Said("岗位列出{listed}项技能，没有对上。", "The post lists {listed} skills; none answered."),
    "skills.by_occupation": Said("技能一项按职业估计。", "Skills are estimated from the occupation."),
    "skills.to_ask": Said("没有问过技能，请询问。", "Skills were not asked: please ask."),
    "skills.pair": Said("{claim} ≈ {listed}，相似度{similarity}。", "{claim} ≈ {listed}, similarity {similarity}."),
    "skills.pair_same": Said("{listed}：会。", "{listed}: yes."),
    "skills.pair_implied": Said(
        "{listed}：从{occupation}的经验推断会。", "{listed}: inferred from experience as {occupation}."
    ),
    "skills.pair_none": Said("{listed}：没有对上的技能。", "{listed}: no skill that answers."),
    "skills.implied": Said(
        "做过一年以上{occupation}，推断会{skill}。", "A year or more as {occupation}: taken to know {skill}."
    ),
    # Place
    "place.same_street": Said(
        "岗位在{post}，与{whose}{place}同一街道。", "At {post}: the same street as {whose} {place}."
    ),
    "place.same_district": Said(
        "岗位在{post}，与{whose}{place}同一区。", "At {post}: the same district as {whose} {place}."
    ),
    "place.adjacent_district": Said(
        "岗位在{post}，与{whose}{place}是邻区。", "At {post}: a district next to {whose} {place}."
    ),
    "place.city_wished": Said("岗位在{post}，{whose}是{place}内都可以。", "At {post}: {whose} is anywhere in {place}."),
    "place.same_city": Said(
        "岗位在{post}，离{whose}{place}较远。", "At {post}: same city, but far from {whose} {place}."
    ),
    "place.elsewhere": Said(
        "岗位在{post}，与{whose}{place}不在同一城市。", "At {post}: not in the city of {whose} {place}."
    ),
    "place.not_asked": Said(
        "岗位在{post}，没有问过希望在哪里工作，请询问。", "At {post}; the wished place was not asked."
    ),
    "place.lodging": Said("单位提供住宿，远一些也可以。", "Lodging is offered, so distance matters less."),
    "place.stated": Said("岗位地点写的是“{words}”。", "The post gives its place as “{words}”."),
    "place.not_exact": Said("岗位只写到{post}，请询问具体地点。", "The post names only {post}: please ask where."),
    "place.wish": Said("希望的地点", "the wished place"),
    "place.home": Said("住处", "home"),
    # Pay
    "pay.reached_month": Said(
        "每月保底{offered}元，达到希望的{wished}元。", "At least {offered} yuan a month; the wish is {wished}."
    ),
    "pay.below_month": Said(
        "每月保底{offered}元，比希望的{wished}元少{gap}元。",
        "At least {offered} yuan a month, {gap} less than the wished {wished}.",
    ),
    "pay.paid_month": Said("每月保底{paid}元。", "At least {paid} yuan a month."),
    "pay.paid_hour": Said("每小时{paid}元。", "{paid} yuan an hour."),
    "pay.reached_with_board": Said(
        "连同食宿折算{offered}元，达到希望的{wished}元。", "With board counted {offered}; the wish is {wished}."
    ),
    "pay.below_with_board": Said(
        "连同食宿折算{offered}元，比希望的{wished}元少{gap}元。",
        "With board counted {offered}, {gap} less than the wished {wished}.",
    ),
    "pay.reached_hour": Said(
        "每小时{offered}元，达到希望的{wished}元。", "{offered} yuan an hour; the wish is {wished}."
    ),
    "pay.below_hour": Said(
        "每小时{offered}元，比希望的{wished}元少{gap}元。",
        "{offered} yuan an hour, {gap} less than the wished {wished}.",
    ),
    "pay.not_stated": Said("没有写明保底工资，按一半计。", "No guaranteed pay is stated; it counts half."),
    "pay.top_too_low": Said(
        "没有写明保底工资，写明的最高也低于希望。", "No guaranteed pay is stated; even the top is below the wish."
    ),
    "pay.not_comparable": Said(
        "工时或计薪方式不明，工资无法折算，按一半计。", "Pay cannot be converted; it counts half."
    ),
    "pay.not_asked": Said("没有问过希望的工资，按一半计。", "The wished pay was not asked; it counts half."),
    "pay.by_day": Said("按天计薪，按每月{days}天折算。", "Daily pay is taken for {days} days a month."),
    "pay.by_hour": Said("按每月{hours}小时折算。", "Converted at {hours} hours a month."),
    "pay.lodging": Said("住宿按每月{amount}元计入。", "Lodging is counted as {amount} yuan a month."),
    "pay.meals": Said("伙食按每月{amount}元计入。", "Meals are counted as {amount} yuan a month."),
    # Conditions, the soft part
    "conditions.shift_100": Said("班次正是希望的。", "The shift is a preferred one."),
    "conditions.shift_60": Said("班次可以接受。", "The shift is acceptable."),
    "conditions.shift_0": Said("班次不能接受。", "The shift is not accepted."),
    "conditions.days_off_100": Said("休息天数符合希望。", "Days off are as wished."),
    "conditions.days_off_0": Said("休息天数少于希望。", "Fewer days off than wished."),
    "conditions.form_100": Said("用工形式符合希望。", "The form of employment is as wished."),
    "conditions.form_0": Said("用工形式不是希望的。", "The form of employment is not as wished."),
    "conditions.insurance_100": Said("社会保险符合希望。", "Social insurance is as wished."),
    "conditions.insurance_0": Said("不缴社会保险，与希望不符。", "No social insurance, though it is wished."),
    "conditions.nothing": Said(
        "班次、休息、用工形式和社会保险都还不清楚，按一半计。",
        "Shift, days off, form and insurance are all unknown; they count half.",
    ),
    # Hard conditions
    "open.yes": Said("正在招聘，招{seats}人。", "Open, {seats} to be hired."),
    "open.paused": Said("岗位暂停招聘。", "The post is paused."),
    "open.frozen": Said("推荐名额已满。", "The referral quota is used up."),
    "open.closed": Said("岗位已结束招聘。", "The post is closed."),
    "open.no_seats": Said("已经招满。", "No seat is left."),
    "validity.until": Said("有效期到{day}。", "Valid until {day}."),
    "validity.over": Said("有效期已于{day}结束。", "Its validity ended on {day}."),
    "employer.verified": Said("用人单位已核验。", "The employer is verified."),
    "employer.unverified": Said("用人单位尚未核验，请核实。", "The employer is not yet verified: please check."),
    "employer.sanctioned": Said("用人单位正受处罚，不能推荐。", "The employer is under sanction: no referral."),
    "legal_age.enough": Said("已满{needed}周岁。", "Has turned {needed}."),
    "legal_age.too_young": Said("法律规定须满{needed}周岁。", "The law asks for an age of {needed}."),
    "legal_age.not_asked": Said(
        "须满{needed}周岁，请询问出生日期。", "One must be {needed}: please ask the birth date."
    ),
    "reserved.member": Said("专门岗位，面向{group}，本人符合。", "Reserved for {group}; the person is one."),
    "reserved.not_member": Said("专门岗位，只面向{group}。", "Reserved for {group}."),
    "reserved.not_asked": Said("专门岗位，面向{group}，请询问是否属于。", "Reserved for {group}: please ask."),
    "certificate.held": Said("有{certificate}。", "Holds: {certificate}."),
    "certificate.covered": Said("{held}包含{certificate}。", "{held} includes {certificate}."),
    "certificate.missing": Said("必须有{certificate}。", "Required: {certificate}."),
    "certificate.obtainable": Said(
        "需要{certificate}，约{days}天可办好。", "Needed: {certificate}, issued in about {days} days."
    ),
    "certificate.not_asked": Said("需要{certificate}，请询问有没有。", "Needed: {certificate}. Please ask."),
    "education.enough": Said("要求{needed}，本人{held}。", "Asks for {needed}; the person has {held}."),
    "education.too_low": Said("必须{needed}以上，本人{held}。", "At least {needed} is a must; the person has {held}."),
    "education.not_asked": Said("必须{needed}以上，请询问文化程度。", "At least {needed} is a must: please ask."),
    "experience.enough": Said("要求经验{needed}，相关经验{held}。", "Asks for {needed} of experience; has {held}."),
    "experience.too_short": Said(
        "必须有经验{needed}，相关经验只有{held}。", "A must: {needed} of experience; has {held}."
    ),
    "experience.not_asked": Said("必须有经验{needed}，请询问。", "A must: {needed} of experience. Please ask."),
    "experience.unclear": Said(
        "必须有经验{needed}，做过的是否相关，请核对。", "A must: {needed} of experience. Please check."
    ),
    "shift.accepted": Said("{shift}可以。", "{shift}: accepted."),
    "shift.not_accepted": Said("岗位是{shift}，本人不接受。", "{shift}, which the person does not accept."),
    "shift.not_asked": Said("岗位是{shift}，请询问能不能上。", "{shift}: please ask whether that suits."),
    "shift.not_stated": Said("岗位没有写明班次，请询问单位。", "The shift is not stated: please ask the employer."),
    "hours.suit": Said("工时合适。", "The hours suit."),
    "hours.is_part": Said("岗位是非全日制，本人要全日制。", "Part-time, while full-time is wanted."),
    "hours.is_full": Said("岗位是全日制，本人只做非全日制。", "Full-time, while only part-time is wanted."),
    "hours.too_many": Said(
        "每周{hours}小时，本人最多{most}小时。", "{hours} hours a week; the person's limit is {most}."
    ),
    "hours.not_asked": Said(
        "没有问过全日制还是非全日制，请询问。", "Full-time or part-time was not asked: please ask."
    ),
    "hours.not_stated": Said("岗位没有写明工时，请询问单位。", "The hours are not stated: please ask the employer."),
    "lodging.offered": Said("提供住宿。", "Lodging is offered."),
    "lodging.none": Said("不提供住宿，本人需要住宿。", "No lodging, which the person needs."),
    "lodging.not_stated": Said("没有写明是否提供住宿，请询问单位。", "Lodging is not stated: please ask the employer."),
    "refusal.clear": Said("没有“{refusal}”的要求。", "Nothing of this: {refusal}."),
    "refusal.entailed": Said("这个岗位要{refusal}，本人不接受。", "This post means {refusal}, which is refused."),
    "refusal.stated": Said("岗位写有“{words}”，本人不接受{refusal}。", "It says “{words}”; refused: {refusal}."),
    "refusal.mentioned": Said(
        "岗位写有“{words}”，请核实是否要{refusal}。", "It says “{words}”: please check ({refusal})."
    ),
    "refusal.possible": Said(
        "按班次和工时可能要{refusal}，请核实。", "Shift and hours may mean this ({refusal}): ask."
    ),
    "refusal.unclear": Said(
        "职业不明，请核实是否要{refusal}。", "The occupation is unclear: please check ({refusal})."
    ),
    "refusal.not_asked": Said("这个岗位要{refusal}，请询问能不能接受。", "This post means {refusal}: please ask."),
    # What would change it
    "change.open.paused": Said("等岗位恢复招聘。", "When the post resumes."),
    "change.open.frozen": Said("等推荐名额空出。", "When a referral is given back."),
    "change.open.closed": Said("等单位重新发布。", "If the employer posts it anew."),
    "change.open.no_seats": Said("等单位增加人数。", "If the employer adds seats."),
    "change.validity.over": Said("等单位延长有效期。", "If the employer renews it."),
    "change.employer.sanctioned": Said("等处罚解除。", "When the sanction ends."),
    "change.legal_age.too_young": Said("等年满{needed}周岁。", "When the person turns {needed}."),
    "change.reserved.not_member": Said(
        "如果属于{group}，请登记并出示证明。", "If the person is one of these, record it: {group}."
    ),
    "change.certificate.missing": Said("先取得{certificate}。", "First obtain: {certificate}."),
    "change.certificate.obtainable": Said(
        "办理{certificate}，约{days}天。", "Obtain it: {certificate}, about {days} days."
    ),
    "change.education.too_low": Said("达到{needed}，或单位放宽。", "With {needed}, or if the employer relaxes it."),
    "change.experience.too_short": Said(
        "再有{short}相关经验，或单位放宽。", "With {short} more, or if the employer relaxes it."
    ),
    "change.shift.not_accepted": Said("如果能接受{shift}。", "If this is accepted: {shift}."),
    "change.hours.is_part": Said("如果也做非全日制。", "If part-time is accepted too."),
    "change.hours.is_full": Said("如果也做全日制。", "If full-time is accepted too."),
    "change.hours.too_many": Said("如果每周能做{hours}小时。", "If {hours} hours a week are accepted."),
    "change.lodging.none": Said("如果自己解决住宿。", "If the person finds lodging."),
    "change.refusal.entailed": Said("如果能接受{refusal}。", "If this is accepted: {refusal}."),
    "change.refusal.stated": Said("如果能接受{refusal}。", "If this is accepted: {refusal}."),
    "change.pay": Said(
        "如果能接受每月{offered}元，工资一项得满分。", "If {offered} yuan a month is accepted, pay has full points."
    ),
    "change.pay_hour": Said(
        "如果能接受每小时{offered}元，工资一项得满分。", "If {offered} yuan an hour is accepted, pay has full points."
    ),
    "change.skill": Said("如果会{skill}，技能一项会提高。", "Knowing this would raise the skills: {skill}."),
    "change.other_work": Said(
        "如果也愿意做{post}，请加入希望的职业。", "If {post} is wanted too, add it to the wishes."
    ),
    # General
    "read_as": Said("“{words}”按{concept}理解。", "“{words}” is read as {concept}."),
    "other_work": Said(
        "其他附近工作：与希望的职业无关，最多{points}分。", "Other nearby work: at most {points} points."
    ),
    "not_considered.sex": Said("性别", "sex"),
    "not_considered.ethnicity": Said("民族", "ethnicity"),
    "not_considered.household": Said("户籍", "household registration"),
    "not_considered.age": Said("法定界限以外的年龄", "age beyond the legal limits"),
    "not_considered.photo": Said("照片", "photo"),
}

LABELS: Mapping[type[StrEnum], Mapping[str, Said]] = {
    Shift: {
        Shift.DAY: Said("白班", "day shift"),
        Shift.EARLY: Said("早班", "early shift"),
        Shift.LATE: Said("晚班", "late shift"),
        Shift.NIGHT: Said("夜班", "night shift"),
        Shift.ROTATING: Said("倒班", "rotating shifts"),
        Shift.SPLIT: Said("两头班", "split shift"),
        Shift.FLEXIBLE: Said("弹性班", "flexible hours"),
    },
    EducationLevel: {
        EducationLevel.NONE: Said("未上过学", "no schooling"),
        EducationLevel.PRIMARY: Said("小学", "primary school"),
        EducationLevel.JUNIOR: Said("初中", "junior middle school"),
        EducationLevel.SENIOR: Said("高中", "senior middle school"),
        EducationLevel.VOCATIONAL: Said("中专、职高或技校", "vocational school"),
        EducationLevel.COLLEGE: Said("大专", "college"),
        EducationLevel.BACHELOR: Said("本科", "bachelor's degree"),
        EducationLevel.MASTER: Said("硕士", "master's degree"),
        EducationLevel.DOCTOR: Said("博士", "doctorate"),
    },
    Refusal: {
        Refusal.NIGHT_SHIFT: Said("上夜班", "night work"),
        Refusal.ROTATING_SHIFT: Said("倒班", "rotating shifts"),
        Refusal.SALES: Said("做推销", "selling"),
        Refusal.OUTDOOR: Said("户外工作", "outdoor work"),
        Refusal.HEIGHTS: Said("登高作业", "work at heights"),
        Refusal.HEAVY_LIFTING: Said("搬重物", "heavy lifting"),
        Refusal.OVERTIME: Said("加班", "overtime"),
        Refusal.BUSINESS_TRAVEL: Said("出差", "business travel"),
        Refusal.ALCOHOL: Said("喝酒应酬", "drinking with clients"),
        Refusal.DISPATCH: Said("劳务派遣", "labour dispatch"),
        Refusal.COMMISSION_ONLY: Said("无底薪只拿提成", "commission without base pay"),
    },
    ReservedFor: {
        ReservedFor.PUBLIC_WELFARE: Said("就业困难人员", "people in employment hardship"),
        ReservedFor.TRAINEESHIP: Said("见习人员", "trainees"),
        ReservedFor.DISABILITY: Said("残疾人", "people with a disability"),
        ReservedFor.VETERAN: Said("退役军人", "veterans"),
        ReservedFor.MOTHER: Said("需要照顾孩子的家长", "parents who care for children"),
        ReservedFor.GRADUATE: Said("高校毕业生", "graduates"),
    },
}
