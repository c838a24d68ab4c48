"""Token vectors in 4 bits a number, kept for every passage so that late interaction costs no encoding at question time.

Late interaction is ColBERT's MaxSim (Khattab and Zaharia, SIGIR 2020). A row of 128 numbers takes 66 bytes.
"""

import numpy as np

from index.encoder import Vector, unit_rows

_LARGEST = 7  # codes run from -7 to 7


def pack(rows: Vector) -> bytes:
    """Rows, float32 (n, even), as one float16 scale and half a byte a number each."""
    scales = (np.abs(rows).max(axis=1, initial=1e-6) / _LARGEST).astype(np.float16)
    codes = np.rint(rows / scales[:, None].astype(np.float32)).clip(-_LARGEST, _LARGEST).astype(np.int8) + 8
    halves = codes.astype(np.uint8)
    return bytes(scales.tobytes() + (halves[:, 0::2] << 4 | halves[:, 1::2]).tobytes())


def unpack(packed: bytes, dimension: int) -> Vector:
    """The rows that `pack` was given, float32 (n, dimension), to within half a step and scaled to length 1 again."""
    count = len(packed) // (2 + dimension // 2)
    codes = np.frombuffer(packed, dtype=np.uint8, offset=2 * count).reshape(count, dimension // 2)
    rows = np.empty((count, dimension), dtype=np.float32)
    rows[:, 0::2] = codes >> 4
    rows[:, 1::2] = codes & 15
    return unit_rows(rows - 8)
