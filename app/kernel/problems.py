"""Refusals: the tree of problem classes, each an RFC 9457 `type` of its own. Pure; `responses` renders them.

    Problem
    ├── Malformed 422        the request cannot be read (body, query, path)
    │   ├── Invalid 422      it can be read, but a field does not hold
    │   ├── UnknownCode 422  a code that is in no table; names the nearest that are
    │   └── UnclearWords 422 words that may mean several things, or nothing known; names the choices
    ├── Unauthenticated 401  ├── Forbidden 403      ├── NotFound 404 (also: not yours to see)
    ├── Conflict 409         └── RefusedTransition 409, KeyReused 409
    ├── PreconditionFailed 412, PreconditionRequired 428
    ├── TooSlow 408, TooLarge 413
    ├── TooMany 429          with Retry-After
    └── Busy 503             with Retry-After

A slice subclasses what fits and sets `slug`, `zh` and `en`; docs/problems.md lists them all and is tested.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Nearest:
    """A valid value near the one that was refused: its code and its name."""

    code: str
    name: str = ""


@dataclass(frozen=True)
class FieldError:
    """One field that does not hold. `field` is a dotted path like `skills.0.skill`."""

    field: str
    zh: str
    en: str
    nearest: Sequence[Nearest] = ()


class Unfit(ValueError):
    """What a validator of a model raises: why the value does not hold, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh


class Problem(Exception):
    """A refusal that the caller can understand and act on."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "problem"
    zh: ClassVar[str] = "出错了"
    en: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail_zh: str = "",
        detail_en: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(self.slug)
        self.detail_zh = detail_zh
        self.detail_en = detail_en
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.extra = extra


class Malformed(Problem):
    status, slug, zh, en = 422, "malformed", "请求无法读取", "The request cannot be read"


class Invalid(Problem):
    status, slug, zh, en = 422, "invalid", "内容不符合要求", "A field does not hold"


class UnknownCode(Problem):
    """A code that is in no table. Always built with `unknown_code`."""

    status, slug, zh, en = 422, "unknown-code", "没有这个代码", "There is no such code"


class UnclearWords(Problem):
    """Words that do not name one thing clearly where one is needed. Always built with `unclear_words`."""

    status, slug, zh, en = 422, "unclear-words", "不清楚指的是哪一个", "It is not clear which is meant"


class Unauthenticated(Problem):
    status, slug, zh, en = 401, "unauthenticated", "请先登录或出示令牌", "Sign in or present a token"

    def __init__(self, detail_zh: str = "", detail_en: str = "", **extra: Any) -> None:
        super().__init__(detail_zh, detail_en, headers={"WWW-Authenticate": "Bearer"}, **extra)


class Forbidden(Problem):
    status, slug, zh, en = 403, "forbidden", "没有办理此事的权限", "You may not do this"


class WrongMethod(Problem):
    """405. `Allow` names the methods that this address answers."""

    status, slug, zh, en = 405, "wrong-method", "此地址不支持这种请求方法", "This address does not answer that method"


class NotFound(Problem):
    status, slug, zh, en = 404, "not-found", "没有找到", "Not found"


class Conflict(Problem):
    status, slug, zh, en = 409, "conflict", "与现有内容冲突", "In conflict with what is there"


class RefusedTransition(Problem):
    status, slug, zh, en = 409, "refused-transition", "当前状态不能这样办理", "Not possible in the present state"


class KeyReused(Problem):
    status, slug = 409, "idempotency-key-reused"
    zh, en = "该幂等键已用于另一个请求", "This idempotency key was used for another request"


class PreconditionFailed(Problem):
    status, slug, zh, en = 412, "stale", "内容已被他人修改，请刷新后再改", "Changed meanwhile; read it again"


class PreconditionRequired(Problem):
    status, slug, zh, en = 428, "if-match-required", "修改须带 If-Match", "A change needs If-Match"


class TooLarge(Problem):
    status, slug, zh, en = 413, "too-large", "请求过大", "The request is too large"


class TooSlow(Problem):
    status, slug, zh, en = 408, "too-slow", "请求发送过慢", "The request came too slowly"


class TooMany(Problem):
    """Retry-After says when: more of the same now is refused, however often it is tried."""

    status, slug, zh, en = 429, "too-many", "请求过多，请稍后再试", "Too many requests; try again later"

    def __init__(self, detail_zh: str = "", detail_en: str = "", *, retry_after_s: int, **extra: Any) -> None:
        super().__init__(detail_zh, detail_en, headers={"Retry-After": str(retry_after_s)}, **extra)


class Busy(Problem):
    status, slug, zh, en = 503, "busy", "系统繁忙，请稍后再试", "Busy; try again shortly"

    def __init__(self, detail_zh: str = "", detail_en: str = "", *, retry_after_s: int = 1, **extra: Any) -> None:
        super().__init__(detail_zh, detail_en, headers={"Retry-After": str(retry_after_s)}, **extra)


def unknown_code(field_name: str, value: str, nearest: Sequence[Nearest]) -> UnknownCode:
    """The refusal of a code that is in no table, with the nearest valid ones (best first)."""
    names_zh = "、".join(f"{n.code} {n.name}".strip() for n in nearest)
    zh = f"“{value}”不在代码表中" + (f"，最接近的是：{names_zh}" if nearest else "")
    names_en = ", ".join(n.code for n in nearest)
    en = f"'{value}' is not in the table" + (f"; nearest: {names_en}" if nearest else "")
    return UnknownCode(zh, en, errors=[FieldError(field_name, zh, en, tuple(nearest))])


def unclear_words(field_name: str, words: str, choices: Sequence[Nearest]) -> UnclearWords:
    """The refusal of words that name no one thing clearly, with what may be meant (best first)."""
    names_zh = "、".join(f"{one.code} {one.name}".strip() for one in choices)
    zh = f"“{words}”不能确定指哪一个" + (f"，可能是：{names_zh}；请选定一个" if choices else "")
    names_en = ", ".join(one.code for one in choices)
    en = f"'{words}' is not clear" + (f"; it may be: {names_en}; choose one" if choices else "")
    return UnclearWords(zh, en, errors=[FieldError(field_name, zh, en, tuple(choices))])


def invalid(field_name: str, zh: str, en: str, nearest: Sequence[Nearest] = ()) -> Invalid:
    """The refusal of one field."""
    return Invalid(zh, en, errors=[FieldError(field_name, zh, en, nearest)])


def check_fields(faults: Sequence[FieldError]) -> None:
    """Invalid (422) naming every field that does not hold; nothing happens without faults."""
    if faults:
        raise Invalid("；".join(f.zh for f in faults), "; ".join(f.en for f in faults), errors=faults)


def check_codes(look_ups: Iterable[tuple[str, str, Callable[[str], object]]]) -> None:
    """Refuse (422), naming every field whose look-up refuses its code or words: (dotted field, code, look-up).

    UnclearWords where all that is wrong is unclear words, else UnknownCode.
    """
    errors: list[FieldError] = []
    refused_as: type[Problem] = UnclearWords
    for field_name, code, look_up in look_ups:
        try:
            look_up(code)
        except (UnknownCode, UnclearWords) as refused:
            errors += [FieldError(field_name, error.zh, error.en, error.nearest) for error in refused.errors]
            if isinstance(refused, UnknownCode):
                refused_as = UnknownCode
    if errors:
        raise refused_as("；".join(e.zh for e in errors), "; ".join(e.en for e in errors), errors=errors)
