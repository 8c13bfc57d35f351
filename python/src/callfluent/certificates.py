"""Root certificates of Python packages, for machines that have none of their own, such as slim
container images."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ._callfluent import set_fallback_certificates

# certifi, and the copy of it that pip has.
_BUNDLES = (("certifi", "cacert.pem"), ("pip", "_vendor/certifi/cacert.pem"))


def find_bundle() -> Path | None:
    """Returns the file with the certificates of certifi or of pip, which are not imported; `None`
    if neither is installed."""
    for package, bundle in _BUNDLES:
        try:
            found = find_spec(package)
        except (ImportError, ValueError):
            continue
        for folder in (found and found.submodule_search_locations) or ():
            path = Path(folder) / bundle
            if path.is_file():
                return path
    return None


def use_certificates_of_packages() -> bool:
    """Lets clients trust the certificates of certifi or of pip. Returns false if there are none, or
    if they are used already."""
    bundle = find_bundle()
    try:
        return bundle is not None and set_fallback_certificates(bundle.read_bytes())
    except OSError:
        return False
