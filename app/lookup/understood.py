"""What somebody's words were taken to mean, as every answer shows it: 听成了…，对吗？ Pure."""

from enum import StrEnum

from pydantic import ConfigDict, Field

from app.kernel.types import StrictModel


class How(StrEnum):
    """How words came to their concept."""

    EXACT = "exact"  # a name as it stands
    OTHERWISE = "typed_otherwise"  # by sound, pinyin, a slip, with words around it: to be confirmed
    GIVEN = "given"  # the code was sent, whatever the words say
    UNCLEAR = "unclear"  # several may be meant, or one that is not sure: `choices` are to be asked about
    AS_WRITTEN = "as_written"  # like nothing in the tables: the words stand alone

    @property
    def is_open(self) -> bool:
        """Whether somebody should still look at it."""
        return self is not How.EXACT and self is not How.GIVEN


class Choice(StrictModel):
    """Something that may be meant."""

    code: str
    name: str


class Understood(StrictModel):
    """Words, and what they were taken to mean."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "field": "occupation",
                    "words": "宝洁员",
                    "kind": "occupation",
                    "code": "cleaner",
                    "name": "保洁员",
                    "how": "typed_otherwise",
                    "choices": [],
                }
            ]
        }
    )

    field: str = Field(description="Where a code would go to say it otherwise, like `wishes.0.occupation`.")
    words: str = Field(description="What was written.")
    kind: str = Field(description="place, occupation, skill, certificate, condition or words.")
    code: str | None = Field(description="What it was taken to mean; null: nothing was taken, only the words are kept.")
    name: str | None = Field(description="The Chinese name of that.")
    how: How = Field(description="exact, typed_otherwise (confirm it), given, unclear (ask) or as_written.")
    choices: list[Choice] = Field(description="What may be meant, best first, where that is unclear.")

    def beside(self, code: str | None, name: str | None) -> "Understood":
        """The same words where `code` is what stands beside them, as was decided before: by them, or by somebody."""
        if code == self.code:
            return self
        if code is not None:
            return self.model_copy(update={"code": code, "name": name, "how": How.GIVEN, "choices": []})
        # The tables have learned these words meanwhile: nothing is taken afterwards, it is offered.
        choices = [Choice(code=str(self.code), name=str(self.name))]
        return self.model_copy(update={"code": None, "name": None, "how": How.UNCLEAR, "choices": choices})
