"""The decorator of every kernel: compiled once for this machine, afterwards loaded without the compiler."""

import os
import platform
import sys
from collections.abc import Callable
from functools import cached_property, update_wrapper
from pathlib import Path
from types import ModuleType
from typing import Any, Final, ParamSpec, TypeVar, overload

import numpy as np
from xxhash import xxh3_64_hexdigest

from stages.compiled.machine_code import MachineCode, compiler_identity
from stages.compiled.memory import keep_freed_memory

P = ParamSpec("P")
R = TypeVar("R")
Kinds = tuple[object, ...]

_CACHE: Final = "NUMBA_CACHE_DIR"
_NUMBERS: Final = frozenset({bool, int, float, *np.sctypeDict.values()})
_IN_ROWS: Final = 0x1  # flags of an array: C order; with it F order says nothing new; aligned, writeable
_OF_ROWS: Final = 0x501
_OF_OTHERS: Final = 0x502
_LAST_TESTED = (0, 68)  # the last release of numba whose machine code is known to load by itself


@overload
def kernel(function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def kernel(**options: object) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def kernel(function: Callable[P, R] | None = None, /, **options: object) -> Any:
    """Compile a function over arrays and numbers with numba, at its first call; `options` are those of `numba.njit`.

    The machine code is kept in $NUMBA_CACHE_DIR, else beside the module, else in the user's cache, under a name that
    says all it depends on: a change of the function, of what it names or of the compiler compiles it anew. A later
    process loads it in a millisecond and does not import numba. Kernels may call kernels. Arguments go by position.

    >>> @kernel
    ... def total(numbers):
    ...     sum = 0
    ...     for number in numbers:
    ...         sum += number
    ...     return sum
    >>> total(np.arange(5))
    10
    """
    return Kernel(function, options) if function else lambda function: Kernel(function, options)


class Kernel:
    """A function and its machine code for each kind of arguments that it was called with."""

    def __init__(self, function: Callable[..., Any], options: dict[str, object]) -> None:
        update_wrapper(self, function)
        self.py_func = function
        self.targetoptions = options  # where numba looks when it inlines a function
        self._ready: dict[Kinds, Callable[..., Any]] = {}

    def __call__(self, *args: object) -> Any:
        """What the function returns."""
        seen: list[object] = []
        for arg in args:
            if type(arg) is np.ndarray:
                seen += (arg.dtype, arg.ndim, arg.flags.num)
            else:
                seen.append(type(arg) if type(arg) in _NUMBERS else _kind(arg))
        ready = self._ready.get(tuple(seen))
        if ready is None:
            kinds = tuple(map(_kind, args))  # fewer than what is seen, but dearer to tell at every call
            ready = self._ready[tuple(seen)] = self._load(kinds) or self._compile(kinds, args)
        return ready(*args)

    def __repr__(self) -> str:
        return f"<kernel {self.py_func.__module__}.{self.py_func.__qualname__}>"

    def __reduce__(self) -> str:
        return self.py_func.__qualname__

    @property
    def _numba_type_(self) -> object:
        """What numba takes the kernel for where another kernel calls it."""
        return self._dispatcher._numba_type_

    @cached_property
    def _dispatcher(self) -> Any:
        import numba

        return numba.njit(cache=not _loads_by_itself(), **self.targetoptions)(self.py_func)

    def _load(self, kinds: Kinds) -> Callable[..., Any] | None:
        keep_freed_memory()
        for folder in self._folders():
            code = MachineCode.read(folder / self._file(kinds))
            if code is not None:
                return code.load(self.py_func)
        return None

    def _compile(self, kinds: Kinds, args: tuple[object, ...]) -> Callable[..., Any]:
        import numba

        types = tuple(numba.typeof(arg) for arg in args)
        ready: Callable[..., Any] = self._dispatcher.compile(types)
        code = MachineCode.of(self._dispatcher.overloads[types]) if _loads_by_itself() else None
        if code is not None:
            for folder in self._folders():
                if code.write(folder / self._file(kinds)):
                    break
        return ready

    def _folders(self) -> list[Path]:
        """Where machine code may be, the best place first."""
        if os.environ.get(_CACHE):
            return [Path(os.environ[_CACHE])]
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        return [Path(self.py_func.__code__.co_filename).parent / "__pycache__", Path(home) / "wabun"]

    def _file(self, kinds: Kinds) -> str:
        module = self.py_func.__module__.rpartition(".")[2]
        return f"{module}.{self.py_func.__name__}-{_digest(self._identity, kinds)}.kernel"

    @cached_property
    def _identity(self) -> str:
        """All that its machine code depends on, but for the kinds of arguments."""
        function = self.py_func
        code = function.__code__
        closure = zip(code.co_freevars, (cell.cell_contents for cell in function.__closure__ or ()), strict=True)
        named = {name: function.__globals__[name] for name in code.co_names if name in function.__globals__}
        told = {name: _told(value, function) for name, value in (named | dict(closure)).items()}
        options = (self.targetoptions, function.__defaults__)
        return _digest(_machine(), code.co_code, code.co_consts, code.co_names, code.co_varnames, told, options)


def _told(value: object, function: Callable[..., Any]) -> str:
    """What machine code takes from a value that the function names."""
    if isinstance(value, Kernel):
        return "itself" if value.py_func is function else value._identity
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{_digest(value.tobytes())}"
    if isinstance(value, ModuleType):
        if value.__name__.partition(".")[0] != function.__module__.partition(".")[0]:
            return value.__name__
        used = {name: getattr(value, name) for name in function.__code__.co_names if hasattr(value, name)}
        return repr({name: _told(its, function) for name, its in used.items()})
    told = f"{type(value)}{value!r}"
    return str(type(value)) if " at 0x" in told else told  # what has no content to tell, numba refuses or looks up


def _kind(value: object) -> object:
    """What numba distinguishes in an argument."""
    if isinstance(value, np.ndarray):
        flags = value.flags.num
        return value.dtype, value.ndim, flags & _OF_ROWS if flags & _IN_ROWS else flags & _OF_OTHERS
    if isinstance(value, int) and value.bit_length() > 63:
        raise OverflowError(f"{value} is no int64, which numbers of Python are to a kernel")
    if type(value) in _NUMBERS:
        return type(value)
    if isinstance(value, tuple):
        return type(value), *map(_kind, value)
    raise TypeError(f"a kernel takes arrays, numbers and tuples of them, not {type(value).__name__}")


def _machine() -> object:
    """What else machine code depends on: the compiler, its options, Python."""
    switches = sorted(pair for pair in os.environ.items() if pair[0].startswith("NUMBA_") and pair[0] != _CACHE)
    return compiler_identity(), switches, np.__version__, sys.implementation.cache_tag, platform.machine()


def _loads_by_itself() -> bool:
    """Whether this release of numba is one whose machine code does; for another, numba's own cache is good enough."""
    import numba

    major, minor = numba.__version__.split(".")[:2]
    return (int(major), int(minor)) <= _LAST_TESTED


def _digest(*parts: object) -> str:
    return xxh3_64_hexdigest(repr(parts).encode())
