"""Root certificates of Python packages, for machines that have none of their own, such as slim
container images."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ._callfluent import set_fallback_certificates

# certifi, and the copy of it that pip has.
_BUNDLES = (("certifi", "cacert.pem"), ("pip", "_vendor/certifi/cacert.pem"))


def use_certificates_of_packages() -> bool:
    """Lets clients trust the certificates of certifi or of pip, without importing them. Returns
    false if neither is installed, or if they are used already."""
    for package, bundle in _BUNDLES:
        try:
            found = find_spec(package)
            folders = found.submodule_search_locations if found else None
            if folders:
                return set_fallback_certificates((Path(folders[0]) / bundle).read_bytes())
        except (ImportError, OSError, ValueError):
            continue
    return False
