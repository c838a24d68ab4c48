"""Settings: from flags, else from the environment, checked at start."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

COLLECTION = r"[a-z0-9][a-z0-9_-]{0,63}"  # the name of one
PREFIX = "FOOTNOTE_"


def not_all_of_them(collection: str) -> str:
    """The name of a collection. Raises ValueError for the name of the folder and of the path of all of them."""
    if collection == "collections":
        raise ValueError("no collection is called `collections`, as the folder of all of them is")
    return collection


def only_origins(origins: str) -> str:
    """Origins with commas between. Raises ValueError if one is none."""
    if not re.fullmatch(r"(\*|https?://[a-z0-9.\-\[\]:]+)?(,(\*|https?://[a-z0-9.\-\[\]:]+))*", origins.replace(" ", "")):
        raise ValueError("an origin is a scheme, a host in small letters and maybe a port, as https://example.org, and nothing more")
    return origins


class InvalidSetting(Exception):
    """A setting is wrong; the message names it."""


class Settings(BaseSettings):
    """Each field is read from `FOOTNOTE_<NAME>` and has a flag `--<name>` on the commands that use it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    library: Annotated[Path, Field(description="Folder of the library.")] = Path(".footnote")
    collection: Annotated[
        str,
        Field(pattern=f"^({COLLECTION})?$", description="A collection, a library of its own, in the folder of the library."),
        AfterValidator(not_all_of_them),
    ] = ""
    encoder: Annotated[
        str | None,
        Field(min_length=1, description="Encoder: all-MiniLM-L6-v2, a local path or a name on a model hub; by default the library's."),
    ] = None
    precision: Annotated[
        Literal["int8", "float32"] | None, Field(description="What the encoder is compiled to: int8 or float32; by default the library's.")
    ] = None
    reader: Annotated[
        str,
        Field(
            pattern="^(trained|late-interaction|lexical|model:.+)$",
            description="Reader that finds the answering sentences: trained, late-interaction, lexical, or model: with a path or hub name.",
        ),
    ] = "trained"
    least_confidence: Annotated[
        float | None,
        Field(ge=0, le=1, description="Below this confidence Footnote abstains; by default as the reader was calibrated."),
    ] = None
    ocr: Annotated[
        str | None,
        Field(
            pattern="^[a-z]{3}(_[a-z]{1,8}){0,2}([+][a-z]{3}(_[a-z]{1,8}){0,2}){0,9}$",
            description="Languages of scanned pages, which tesseract reads: eng or eng+deu; by default they are not read.",
        ),
    ] = None
    documents: Annotated[Path | None, Field(description="File or folder that `serve` indexes before it answers.")] = None
    host: Annotated[str, Field(min_length=1, description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 for any free one.")] = 8000
    names: Annotated[
        str | None,
        Field(description="Names it answers to, with commas between; by default on loopback those of this machine, else any."),
    ] = None
    origins: Annotated[
        str,
        Field(description="Origins of sites whose pages may ask, as https://example.org, with commas between; * for any."),
        AfterValidator(only_origins),
    ] = ""
    writable: Annotated[
        Literal["yes", "no"] | None,
        Field(description="Whether documents can be changed over HTTP: yes or no; by default only on a loopback address."),
    ] = None
    largest_upload: Annotated[int, Field(ge=1024, le=2**40, description="Largest request that brings files, in bytes.")] = 2**28
    largest_body: Annotated[int, Field(ge=1024, le=2**30, description="Largest request body that is read, in bytes.")] = 2**20


def read_settings(flags: dict[str, Any] | None = None) -> Settings:
    """The settings, flags before environment before defaults.

    Raises:
        InvalidSetting: one of them is wrong.
    """
    try:
        return Settings(**{name: value for name, value in (flags or {}).items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0])
        raise InvalidSetting(f"{PREFIX}{name.upper()} (--{name.replace('_', '-')}): {first['msg']}.") from error
