"""Hook of PyInstaller, which finds it by the entry point `pyinstaller40`."""

import os


def get_hook_dirs() -> "list[str]":
    """Returns the folder with the hook."""
    return [os.path.dirname(__file__)]
