"""Calls of the command line in a process that notes whatever reaches outside."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from many_calls import Called, call_all

_HOOK = """
import atexit, json, os, sys
notes = {"network": [], "processes": [], "writes": []}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def place(path, folder_fd=-1):
    folder = os.readlink(f"/proc/self/fd/{folder_fd}") if folder_fd >= 0 else ""
    return os.path.abspath(os.path.join(folder, os.fsdecode(path)))

def hook(event, args):
    if event.startswith("socket.") and event != "socket.__new__":
        notes["network"].append(f"{event} {args[1:]}")
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pty.spawn"):
        notes["processes"].append(f"{event} {args[:2]}")
    elif event == "open":
        path, mode, flags = args
        if (set(mode or "") & set("wax+") or flags & _WRITING) and not isinstance(path, int):
            notes["writes"].append(place(path))
    elif event in ("os.mkdir", "os.remove", "os.rmdir"):
        notes["writes"].append(place(args[0], args[-1]))
    elif event in ("os.chmod", "os.truncate", "os.utime") and not isinstance(args[0], int):
        notes["writes"].append(place(args[0]))
    elif event in ("os.rename", "os.link", "os.symlink"):
        notes["writes"] += [place(path) for path in args[:2]]

def tell(file=open(os.environ["AUDIT_NOTES"], "w")):
    json.dump(notes, file)

atexit.register(tell)
sys.addaudithook(hook)
"""


@dataclass(frozen=True)
class Audited:
    """What came of the calls, and what they did beside."""

    calls: list[Called]
    network: list[str]
    processes: list[str]
    writes: list[str]
    """Absolute paths."""


def call_audited(
    calls: Sequence[Sequence[object]], *, environment: Mapping[str, str], folder: Path
) -> Audited:
    """Call `instavid` with each list of arguments, in one process that works in a folder."""
    with tempfile.NamedTemporaryFile("r") as notes:
        called = call_all(
            calls,
            prelude=_HOOK,
            environment={**environment, "AUDIT_NOTES": notes.name},
            folder=folder,
        )
        return Audited(called, **json.load(notes))


def clean_environment(**own: str) -> dict[str, str]:
    """Return an environment in which nothing tells ultralytics or torch to keep quiet."""
    quiet = ("YOLO_", "INSTAVID_", "XDG_", "ULTRALYTICS_", "TORCHINDUCTOR_", "MPL")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(quiet) and k != "HOME"}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **own}
