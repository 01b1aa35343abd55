"""libdeflate, called from compiled code: members are inflated into one room, used again and again.

The library comes with the `deflate` package; its own functions cost a call and fresh memory for each member.
"""

import ctypes
import weakref
from typing import Final

import deflate
import numpy as np
import numpy.typing as npt

from stages.compiled.foreign import Foreign
from stages.compiled.kernel import kernel

Bytes = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int64]

_LIBRARY: Final = ctypes.CDLL(deflate._deflate.__file__)
_LIBRARY.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
_LIBRARY.libdeflate_free_decompressor.argtypes = (ctypes.c_void_p,)
_decompress = Foreign(_LIBRARY, "libdeflate_gzip_decompress_ex", 7)


class Room:
    """Where members are inflated, one at a time.

    content: uint8, shape (max_bytes,), what the last member held. sizes: int64, shape (2,), bytes of that member and
    of its content. decompressor: libdeflate's own state, an address.
    """

    def __init__(self, max_bytes: int) -> None:
        self.content: Bytes = np.empty(max_bytes, np.uint8)
        self.content.flags.writeable = False  # but for libdeflate: kernels know one type of bytes, those they only read
        self.sizes: Sizes = np.zeros(2, np.int64)
        self.decompressor: int = _LIBRARY.libdeflate_alloc_decompressor()
        weakref.finalize(self, _LIBRARY.libdeflate_free_decompressor, self.decompressor)

    def inflate(self, data: Bytes, at: int) -> bool:
        """Whether a sound member begins at `data[at]` and its content has room."""
        return bool(inflate(self.decompressor, data, at, len(data), self.content, self.sizes))


def bytes_of(data: bytes | bytearray | memoryview) -> Bytes:
    """The bytes as kernels read them: uint8, read-only, without a copy."""
    view = np.frombuffer(data, np.uint8)
    view.flags.writeable = False
    return view


@kernel(nogil=True)
def inflate(decompressor: int, data: Bytes, at: int, stop: int, content: Bytes, sizes: Sizes) -> bool:
    """Whether a sound member, checksum and size as its trailer says, begins at `at` and ends by `stop`.

    Its bytes and those of its content are then in `sizes`, the content in `content`, if there is room for all of it.
    """
    result = _decompress(
        np.uintp(decompressor),
        np.uintp(data.ctypes.data + at),
        np.uintp(stop - at),
        np.uintp(content.ctypes.data),
        np.uintp(len(content)),
        np.uintp(sizes.ctypes.data),
        np.uintp(sizes.ctypes.data + sizes.itemsize),
    )
    return bool(result == 0)
