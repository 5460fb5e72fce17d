"""What kind of file is this? Told from its bytes, without unpickling anything."""

import io
import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_NEEDED = {
    "collections": {"OrderedDict"},
    "torch._utils": {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"},
    "torch": {
        "Size",
        *(f"{kind}Storage" for kind in ("Float", "Half", "Double", "BFloat16")),
        *(f"{kind}Storage" for kind in ("Long", "Int", "Short", "Char", "Byte", "Bool")),
    },
}
_MODULE_HOMES = ("torch.nn.", "models.", "networks")


def name_foreign_format(path: Path) -> str:
    """Say what is wrong with a file that torch.save cannot have written, or return ""."""
    if path.is_dir():
        return "is a folder, not a file"
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        return "does not exist"
    except OSError as fault:
        return f"cannot be read ({fault.strerror})"
    if not head:
        return "is empty"
    if head.startswith(b"PK"):
        return _name_foreign_archive(path)
    if head[8:10] in (b'{"', b"{}"):
        return "is a safetensors file, not a .pth; a pair's folder is used as it is"
    if head[0] != 0x80:
        return f"is no PyTorch file: it starts with {head[:8]!r}"
    return ""


def name_foreign_globals(path: Path) -> str:
    """Say what a pickle would call beside the few things a state dict needs, or return "".

    torch.load refuses most of it as well; this names it, and refuses a little more.
    """
    try:
        wanted = [f"{home}.{name}" for home, name in _globals(path) if not _is_needed(home, name)]
    except (ValueError, IndexError, KeyError, EOFError, zipfile.BadZipFile, OSError):
        return "is damaged or cut short; download it again"
    if not wanted:
        return ""
    if any(name.startswith(_MODULE_HOMES) for name in wanted):
        return (
            f"is a whole pickled module ({wanted[0]}), which needs its code to load; "
            "save its state_dict() instead"
        )
    return f"wants to run code ({wanted[0]}); refused, nothing was run; use a trusted source"


def _name_foreign_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return "is a damaged or cut-short archive; download it again"
    if any(name.endswith("/data.pkl") for name in names):
        if any("/code/" in name for name in names):
            return "is a TorchScript program, not a state dict"
        return ""
    return f"is a zip archive without PyTorch data (it holds {names[0] if names else 'nothing'!r})"


def _is_needed(home: str, name: str) -> bool:
    return name in _NEEDED.get(home, ())


def _globals(path: Path) -> Iterator[tuple[str, str]]:
    """Yield module and name of all that the pickles in a file would look up."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            member = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
            yield from _globals_of(io.BytesIO(archive.read(member)))
        return
    with path.open("rb") as file:
        # The old layout: magic number, version, system, the object, the storages' keys.
        for _ in range(5):
            yield from _globals_of(file)


def _globals_of(file: IO[bytes]) -> Iterator[tuple[str, str]]:
    """Read one pickle's opcodes; STACK_GLOBAL takes the two texts pushed before it."""
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name in ("GLOBAL", "INST"):
            home, _, name = str(argument).partition(" ")
            yield home, name
        elif opcode.name == "STACK_GLOBAL":
            yield tuple(texts[-2:]) if len(texts) > 1 else ("?", "?")  # type: ignore[misc]
        elif isinstance(argument, str):
            texts.append(argument)
