"""SQLite of DuckDB's extension waits for a lock by the second; ours by the millisecond.

The extension is built without `usleep`, so whatever SQLite waits for it sleeps a whole second: a
reader that meets the writer for a microsecond, or the writer that meets a reader. Of the lines of a
followed log every tenth came a second late so, and boards with it. SQLite asks its VFS to sleep:
a copy of the extension's own VFS with a `sleep` of ours is made the default of its connections
(https://www.sqlite.org/c3ref/vfs.html, xSleep; https://www.sqlite.org/c3ref/vfs_find.html).
"""

import contextlib
import ctypes
import functools
import time

SECOND_US = 1_000_000  # what the handler of a locked file asks for, each time
PAUSE_S = 0.005  # and gets
TRIES_MS = 1_000_000  # it counts its tries as seconds of this timeout: a thousand, 5 s in all

_SLEEP = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs` of version 3."""


_Vfs._fields_ = [
    *((name, ctypes.c_int) for name in ("iVersion", "szOsFile", "mxPathname")),
    ("pNext", ctypes.c_void_p),
    ("zName", ctypes.c_char_p),
    ("pAppData", ctypes.c_void_p),
    *(
        (name, ctypes.c_void_p)
        for name in (
            "xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym",
            "xDlClose", "xRandomness",
        )
    ),
    ("xSleep", _SLEEP),
    *(
        (name, ctypes.c_void_p)
        for name in (
            "xCurrentTime", "xGetLastError", "xCurrentTimeInt64", "xSetSystemCall",
            "xGetSystemCall", "xNextSystemCall",
        )
    ),
]  # fmt: skip


def _sleep(_vfs: int, asked_us: int) -> int:
    time.sleep(PAUSE_S if asked_us >= SECOND_US else asked_us / SECOND_US)
    return asked_us


_OURS = _SLEEP(_sleep)
# for ever: DuckDB may close the catalogue after Python has forgotten its modules
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_OURS))


@functools.cache
def wait_shortly(extension: str) -> object:
    """Make SQLite of a loaded extension wait by the millisecond; once a process.

    Args:
        extension: path of the file DuckDB has loaded. One without SQLite's functions is left as it
            is: it waits longer.

    Returns:
        What must stay in memory as long as the process does; None where it was left.
    """
    with contextlib.suppress(OSError, AttributeError):
        sqlite = ctypes.CDLL(extension)
        sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
        found = sqlite.sqlite3_vfs_find(None)
        if found and found.contents.iVersion >= 3:
            ours = _Vfs.from_buffer_copy(found.contents)
            ours.zName, ours.xSleep = b"short-waits", _OURS
            sqlite.sqlite3_vfs_register(ctypes.byref(ours), 1)
            return sqlite, ours
    return None
