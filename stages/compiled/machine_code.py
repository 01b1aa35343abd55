"""The machine code of one kernel: taken from numba's compiler, kept in a file, loaded with what little it needs.

Loading takes LLVM's linker and numba's three runtime libraries, and nothing else of numba: not its import, its types or
its registries, which cost most of a second.
"""

import contextlib
import ctypes
import importlib.util
import os
import pickle
import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

_loaded: Final[list[object]] = []  # what running code points to lives as long as the process


class MachineCode(NamedTuple):
    """What numba made of a function for one kind of arguments.

    entry: name of the function to call. code: object code. needs: names it takes from the process.
    environments: names of the places where it looks for Python's objects, its own first, with those objects.
    """

    entry: str
    code: bytes
    needs: list[str]
    environments: list[tuple[str, list[object]]]

    @classmethod
    def of(cls, result: Any) -> "MachineCode | None":
        """That of a compile result of numba; None where it holds addresses of this process."""
        library, module = result.library, result.library._final_module
        if library.has_dynamic_globals or result.reload_init:
            return None
        symbols = (*module.functions, *module.global_variables)
        needs = [s.name for s in symbols if s.is_declaration and not s.name.startswith("llvm.")]
        own = (result.fndesc.env_name, list(result.environment.consts))
        others = [(other.env_name, list(other.consts)) for other in result._find_referenced_environments()]
        return cls(result.fndesc.llvm_cpython_wrapper_name, library._get_compiled_object(), needs, [own, *others])

    @classmethod
    def read(cls, path: Path) -> "MachineCode | None":
        """That of a file; None where there is none or it is damaged."""
        try:
            return cls(*pickle.loads(path.read_bytes()))
        except Exception:  # a damaged pickle raises whatever it likes
            return None

    def write(self, path: Path) -> bool:
        """Whether it could be kept in this file, which appears whole or not at all."""
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(pickle.dumps(tuple(self)))
            partial.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()
            return False
        return True

    def load(self, function: Callable[..., Any]) -> Callable[..., Any] | None:
        """It as a function in the place of the one it was made of; None where something that it needs is absent."""
        import llvmlite.binding as llvm

        runtime, engine = _runtime(), _engine()
        if not all(llvm.address_of_symbol(name) for name in self.needs):
            return None
        engine.add_object_file(llvm.ObjectFileRef.from_data(self.code))
        address = engine.get_function_address(self.entry)
        environments = []
        for name, objects in self.environments:
            environment = runtime.Environment(function.__globals__)
            environment.consts.extend(objects)
            environments.append(environment)
            place = engine.get_global_value_address(name)
            if place:
                ctypes.c_void_p.from_address(place).value = id(environment)
        _loaded.append((engine, environments))
        module = sys.modules[function.__module__]
        return runtime.make_function(  # type: ignore[no-any-return]
            module, function.__name__, function.__doc__ or "", address, environments[0], ()
        )


@cache
def compiler_identity() -> tuple[object, ...]:
    """What tells this compiler and this processor from others."""
    import llvmlite
    import llvmlite.binding as llvm

    version = (_numba_folder() / "_version.py").read_text(encoding="utf-8")
    return version, llvmlite.__version__, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


@cache
def _runtime() -> ModuleType:
    """numba's maker of functions, once the names that machine code needs of numba are known to LLVM."""
    import llvmlite.binding as llvm

    helpers = _extension("numba._helperlib").c_helpers
    memory = _extension("numba.core.runtime._nrt_python")
    memory.memsys_use_cpython_allocator()
    symbols = {f"numba_{name}": address for name, address in helpers.items()}
    symbols |= {name if name[0] == "_" else f"NRT_{name}": address for name, address in memory.c_helpers.items()}
    symbols["numba_unpickle"] = ctypes.cast(_UNPICKLE, ctypes.c_void_p).value
    for name, address in symbols.items():
        if not llvm.address_of_symbol(name):  # numba itself may have been here
            llvm.add_symbol(name, address)
    return _extension("numba._dynfunc")


def _engine() -> Any:
    """A linker of its own for each kernel, so that a name which two of them use cannot be mistaken."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), target.create_target_machine(jit=True))


def _extension(name: str) -> ModuleType:
    """An extension module of numba, loaded without the package around it."""
    if name in sys.modules:
        return sys.modules[name]
    path = _numba_folder().joinpath(*name.split(".")[1:])
    path = path.with_name(path.name + EXTENSION_SUFFIXES[0])
    loader = ExtensionFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules.pop(name, None)  # or numba, imported later, would not find it within its package
    return module


@cache
def _numba_folder() -> Path:
    spec = importlib.util.find_spec("numba")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("numba is not installed: pip install numba")
    return Path(spec.submodule_search_locations[0])


@cache
def _unpickled(data: bytes) -> object:
    return pickle.loads(data)


def _unpickle(address: int, size: int, _: int) -> object:
    """The object that machine code holds in pickled form, as numba's function of this name, which imports numba."""
    return _unpickled(ctypes.string_at(address, size))


_UNPICKLE: Final = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(_unpickle)
