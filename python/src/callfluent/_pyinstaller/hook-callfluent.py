# Modules that the native module imports, or that the package imports by name. PyInstaller cannot
# see these imports.
import os

_FOLDER = os.path.dirname(os.path.dirname(__file__))
_MODULES = sorted(name[:-3] for name in os.listdir(_FOLDER) if name.endswith(".py"))

hiddenimports = ["contextvars", "dataclasses", "io"]
# The plugin belongs to tests: it imports pytest. The sources of engines import these, and the
# programs that use them import the sources.
hiddenimports += [
    f"callfluent.{name}" for name in _MODULES if name not in ("__init__", "dlt", "pytest_plugin", "spark")
]
