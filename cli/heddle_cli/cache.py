"""Keeps compiled modules in the user's cache directory: to compile them takes longer than everything else that a command does.

Without it, or if others may write to it, every start compiles what it needs. Nothing is written beside the program.
"""
import os
import sys

UNUSED = 30 * 24 * 3600  # seconds after which the files of another program file are removed


def use(here):
    """`here` is the directory of the program, or the archive that is the program."""
    if sys.dont_write_bytecode:
        return
    try:
        cache = own_directory()
        if os.path.isdir(here):
            sys.pycache_prefix = sys.pycache_prefix or os.path.join(cache, "bytecode")
        else:
            package = sys.modules["heddle_cli"]
            package.__path__ = [os.path.join(unpacked(here, cache), "heddle_cli"), *package.__path__]
    except OSError:
        sys.dont_write_bytecode = True


def own_directory():
    """`heddle` in XDG_CACHE_HOME or `~/.cache`; raises OSError unless it is the user's alone."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    cache = os.path.join(home if os.path.isabs(home) else os.path.expanduser("~/.cache"), "heddle")
    try:
        found = os.stat(cache)
    except FileNotFoundError:
        os.makedirs(cache, 0o700, exist_ok=True)
        found = os.stat(cache)
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        raise PermissionError
    return cache


def unpacked(archive, cache):
    """The directory with the content of an archive, because modules in an archive are compiled at each start."""
    of_archive = os.stat(archive)
    directory = os.path.join(cache, f"program-{of_archive.st_size:x}-{of_archive.st_mtime_ns:x}")
    if not os.path.isdir(directory):
        unpack(archive, cache, directory)
    return directory


def unpack(archive, cache, directory):
    import shutil
    import tempfile
    import time
    import zipfile
    for name in os.listdir(cache):
        other = os.path.join(cache, name)
        if name.startswith("program-") and os.stat(other).st_mtime < time.time() - UNUSED:
            shutil.rmtree(other, ignore_errors=True)
    temporary = tempfile.mkdtemp(dir=cache)
    try:
        with zipfile.ZipFile(archive) as content:
            content.extractall(temporary)
        os.rename(temporary, directory)
    except (OSError, zipfile.BadZipFile) as e:
        shutil.rmtree(temporary, ignore_errors=True)
        if not os.path.isdir(directory):  # another process was faster
            raise OSError from e
