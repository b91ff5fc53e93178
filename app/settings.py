"""Settings of one node: a frozen tree, read once from the environment and passed to `create_app(settings)`.

Nothing here touches a file or a database; `sanlian doctor` says what is wrong with the values. docs/settings.md lists
every one of them, and a test compares that page with this file.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """One node's settings, from `SANLIAN_*` variables and `DATABASE_URL`."""

    model_config = SettingsConfigDict(env_prefix="SANLIAN_", frozen=True, extra="ignore", hide_input_in_errors=True)

    dir: Path = Field(default=Path("var/node"), description="Folder of this node: database, keys and log.")
    database_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="SQLAlchemy URL; without it an SQLite file `sanlian.db` in the folder of the node.",
    )
    mode: Literal["production", "demo"] = Field(
        default="production", description="`demo` allows a plain-HTTP parent off this machine."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    parent_url: str | None = Field(
        default=None, description="Address of the parent node; overrides the one kept at enrolment."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level logged.")
    write_queue: int = Field(default=64, ge=1, description="Writers that may wait for their turn; the next gets 503.")
    write_wait_s: float = Field(default=5.0, gt=0, description="Longest wait for a writer's turn, then 503.")
    match_at_once: int = Field(default=2, ge=2, description="Matches scored at once; each takes a whole processor.")
    match_queue: int = Field(default=16, ge=1, description="Matches of counters that may wait; the next gets 503.")
    match_wait_s: float = Field(default=5.0, gt=0, description="Longest wait for a match to begin, then 503.")
    public_match_at_once: int = Field(
        default=1, ge=1, description="Of these for the public at most; fewer than all, so that counters come first."
    )
    public_match_queue: int = Field(
        default=100, ge=1, description="Matches of the public that may wait; the next gets 503."
    )
    public_match_wait_s: float = Field(
        default=10.0, gt=0, description="Longest wait of the public for its turn, then 503."
    )
    pool_size: int = Field(default=10, ge=3, description="Database connections of one process.")
    push_first_delay_s: float = Field(default=1.0, gt=0, description="First delay after a failed push.")
    push_cap_s: float = Field(default=300.0, gt=0, description="Longest delay between two tries of a push.")
    push_jitter_s: float = Field(default=30.0, ge=0, description="Pushes start within this time after start-up.")
    push_batch: int = Field(default=1000, ge=1, le=1000, description="Records in one push at the most.")
    housekeeping_s: float = Field(default=60.0, gt=0, description="Seconds between two runs of the expiry job.")
    tombstone_days: int = Field(
        default=180, ge=180, le=36_500, description="How long what has ended is remembered; 180 at least."
    )

    metrics_on_loopback: bool = Field(
        default=True,
        description="`/metrics` needs no token from this machine; `false` behind a proxy that hides itself.",
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            raise ValueError("only sqlite:/// and postgresql:// are supported")
        return url

    @model_validator(mode="after")
    def _leaves_a_turn_to_the_counters(self) -> "Settings":
        if self.public_match_at_once >= self.match_at_once:
            raise ValueError("SANLIAN_PUBLIC_MATCH_AT_ONCE must be less than SANLIAN_MATCH_AT_ONCE")
        return self

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment variable of a field; a name that is no field's is one already."""
        field = cls.model_fields.get(name)
        return name if field is None else str(field.validation_alias or f"SANLIAN_{name.upper()}")

    @property
    def effective_database_url(self) -> str:
        """The database to use: `DATABASE_URL`, else an SQLite file in the folder of the node."""
        return self.database_url or f"sqlite:///{(self.dir / 'sanlian.db').absolute()}"

    @property
    def keys_dir(self) -> Path:
        return self.dir / "keys"

    @property
    def log_dir(self) -> Path:
        return self.dir / "log"
