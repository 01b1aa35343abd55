"""C functions of a library that is in the process anyway, called from kernels."""

import ctypes


class Foreign:
    """A C function that kernels call by its name. It takes numbers as wide as addresses and returns a C int.

    Raises AttributeError where the library does not have it.

    >>> Foreign(ctypes.CDLL(None), "labs", 1)
    labs
    """

    def __init__(self, library: ctypes.CDLL, name: str, num_arguments: int) -> None:
        import llvmlite.binding as llvm

        self.name = name
        self.num_arguments = num_arguments
        llvm.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)

    def __repr__(self) -> str:
        return self.name

    def __call__(self, *numbers: object) -> int:
        """Only for kernels: from Python the library itself is as good. Raises TypeError."""
        raise TypeError(f"{self.name} is for kernels to call")

    @property
    def _numba_type_(self) -> object:
        """What numba takes it for in a kernel."""
        from numba import types

        return types.ExternalFunction(self.name, types.int32(*[types.uintp] * self.num_arguments))
