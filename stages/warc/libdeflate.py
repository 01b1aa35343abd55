"""libdeflate, called from compiled code: members are inflated into one room, used again and again.

The library comes with the `deflate` package; its own functions cost a call and fresh memory for each member.
"""

import ctypes
import threading
from typing import Final, NamedTuple

import deflate
import numpy as np
import numpy.typing as npt

from stages.compiled.foreign import Foreign
from stages.compiled.kernel import kernel

Bytes = npt.NDArray[np.uint8]
Sizes = npt.NDArray[np.int64]

_LIBRARY: Final = ctypes.CDLL(deflate._deflate.__file__)
_LIBRARY.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
_of_thread = threading.local()  # libdeflate's state is for one at a time; it lives as long as the process
_decompress = Foreign(_LIBRARY, "libdeflate_gzip_decompress_ex", 7)


class Room(NamedTuple):
    """Where members are inflated, one at a time.

    decompressor: libdeflate's own state, an address. content: uint8, shape (max_bytes,), what the last member held.
    sizes: int64, shape (2,), bytes of that member and of its content.
    """

    decompressor: int
    content: Bytes
    sizes: Sizes

    @classmethod
    def of(cls, max_bytes: int) -> "Room":
        """Room for contents of at most so many bytes, for this thread."""
        content = np.empty(max_bytes, np.uint8)
        content.flags.writeable = False  # but for libdeflate: kernels know one type of bytes, those they only read
        if not hasattr(_of_thread, "decompressor"):
            _of_thread.decompressor = _LIBRARY.libdeflate_alloc_decompressor()
        return cls(_of_thread.decompressor, content, np.zeros(2, np.int64))


def bytes_of(data: bytes | bytearray | memoryview) -> Bytes:
    """The bytes as kernels read them: uint8, read-only, without a copy."""
    view = np.frombuffer(data, np.uint8)
    view.flags.writeable = False
    return view


@kernel(nogil=True)
def inflate(room: Room, data: Bytes, at: int, stop: int) -> bool:
    """Whether a sound member, checksum and size as its trailer says, begins at `at`, ends by `stop` and has room."""
    result = _decompress(
        np.uintp(room.decompressor),
        np.uintp(data.ctypes.data + at),
        np.uintp(stop - at),
        np.uintp(room.content.ctypes.data),
        np.uintp(len(room.content)),
        np.uintp(room.sizes.ctypes.data),
        np.uintp(room.sizes.ctypes.data + room.sizes.itemsize),
    )
    return result == 0
