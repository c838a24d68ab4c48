"""The compiled encoders in a folder: found, compiled where they are missing, each loaded once however many libraries share it."""

import re
import shutil
import threading
from pathlib import Path

from index.compiling import Precision, compile_encoder
from index.encoder import CompiledEncoder
from index.errors import EncoderUnavailable


class Encoders:
    """A folder of compiled encoders. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: dict[str, CompiledEncoder] = {}
        self._lock = threading.Lock()

    def loaded(self, home: str) -> CompiledEncoder:
        """The encoder compiled in the folder named `home`.

        Raises:
            EncoderUnavailable: it is missing or damaged.
        """
        with self._lock:
            if home not in self._loaded:
                self._loaded[home] = CompiledEncoder(self.folder / home)
            return self._loaded[home]

    def compiled(self, encoder: str, precision: Precision) -> CompiledEncoder:
        """The encoder of that name, compiled first where that has not been done or what was compiled is damaged."""
        home = self.home_of(encoder, precision)
        try:
            return self.loaded(home)
        except EncoderUnavailable:
            shutil.rmtree(self.folder / home, ignore_errors=True)
            compile_encoder(encoder, self.folder / home, precision)
            return self.loaded(home)

    def has(self, encoder: str, precision: Precision) -> bool:
        """Whether it is compiled already, so that making a library with it is quick."""
        return (self.folder / self.home_of(encoder, precision)).is_dir()

    @staticmethod
    def home_of(encoder: str, precision: str) -> str:
        """The name of the folder in which an encoder is compiled."""
        name = re.sub(r"[^A-Za-z0-9.]+", "-", encoder).strip("-.")
        return f"encoder-{name}-{precision}"
