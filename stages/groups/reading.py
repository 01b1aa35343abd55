"""Arrays that kernels read."""

from typing import Any

import numpy.typing as npt


def read_only(*arrays: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Views that cannot be written: numba compiles a kernel once for arrays that can be, and once for those of Arrow.

    >>> import numpy as np
    >>> [view.flags.writeable for view in read_only(np.zeros(2), np.zeros(3))]
    [False, False]
    """
    views = [array.view() for array in arrays]
    for view in views:
        view.flags.writeable = False
    return views
