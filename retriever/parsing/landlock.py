"""Hides the machine's files from a process that parses, by Linux's Landlock where it is there.

Programs and libraries may be read, and the one document; nothing else, and nothing be written.
See https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

# The same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_HANDLED = (1 << 13) - 1  # all that the first version knows
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/proc", "/dev", "/nix")


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def hide_files(document: Path) -> bool:
    """Leave this process and its children the programs of the machine and one document.

    Returns:
        Whether it worked: an old kernel, or one without Landlock, refuses it.
    """
    if sys.platform != "linux":
        return False
    call = ctypes.CDLL(None, use_errno=True).syscall
    ruleset = _Ruleset(_HANDLED)
    handle = call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    if handle < 0:
        return False
    for path, access in _rules(document):
        with contextlib.suppress(OSError):  # not there: nothing to allow
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = _Beneath(access, place)
            call(_ADD_RULE, handle, _PATH_BENEATH, ctypes.byref(rule), 0)
            os.close(place)
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    is_hidden = call(_RESTRICT_SELF, handle, 0) == 0
    os.close(handle)
    return bool(is_hidden)


def _rules(document: Path) -> Iterator[tuple[str, int]]:
    for path in _programs():
        yield path, _READ
    yield str(document), _READ_FILE
    yield os.devnull, _READ_FILE | _WRITE_FILE


def _programs() -> Iterable[str]:
    """Where programs, libraries and this package lie; not the folder that holds the package."""
    package = Path(__file__).resolve().parents[1]
    installed = [path for path in sys.path if path and Path(path).resolve() != package.parent]
    models = os.environ.get("TESSDATA_PREFIX", "")
    places = [*_SYSTEM, sys.prefix, sys.base_prefix, str(package), *installed, models]
    return filter(None, places)
