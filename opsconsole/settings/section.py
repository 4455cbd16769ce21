"""What every section of the settings is made of."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(gt=0)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Count = Annotated[int, Meta(ge=1)]


class SettingsError(Exception):
    """A settings file or variable can't be used; the text says which, where and what would be right."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every section: unknown keys are errors, since a misspelt safeguard is no safeguard."""
