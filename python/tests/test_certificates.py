"""Root certificates: of the machine, of the environment, and of Python packages on slim images."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from callfluent import AsyncCallFluent, CallFluent, InvalidRequestError, certificates
from callfluent.options import environment

# A server that presents a certificate; the handshake fails, since nothing knows its issuer.
CONNECT = """
import socket, ssl, sys, threading
from callfluent import APIConnectionError, CallFluent

listener = socket.create_server(("127.0.0.1", 0))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])

def serve():
    while True:
        connection, _ = listener.accept()
        try:
            context.wrap_socket(connection, server_side=True).recv(65536)
        except OSError:
            pass

threading.Thread(target=serve, daemon=True).start()
with CallFluent("key", base_url=f"https://localhost:{listener.getsockname()[1]}/api", max_retries=0) as client:
    try:
        client.workspaces.list()
    except APIConnectionError as error:
        print(error)
"""
# Hides the folders of certificates of this machine from one process.
ISOLATED = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
HIDE = (
    "for folder in /etc/ssl /etc/pki /usr/local/share/certs; do [ ! -d $folder ] || mount -t tmpfs none $folder; done"
)


def may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ISOLATED, HIDE], capture_output=True).returncode == 0


slim = pytest.mark.skipif(not may_unshare(), reason="hides the certificates of the machine in a mount namespace")


def on_slim_image(code: str, *arguments: str, flags: str = "") -> subprocess.CompletedProcess[str]:
    """Runs code in a process that sees no certificates of the machine."""
    command = f'{HIDE}; exec "$0" {flags} -c "$@"'
    variables = {name: value for name, value in os.environ.items() if "CERT" not in name and "_CA_" not in name}
    run = [*ISOLATED, command, sys.executable, code, *arguments]
    return subprocess.run(run, capture_output=True, text=True, env=variables, timeout=60)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Returns a PEM file with a self-signed certificate for localhost and its key."""
    path, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost".split()
    extensions = ["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]
    try:
        subprocess.run([*command, *extensions, "-keyout", key, "-out", path], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl makes the certificate")
    path.write_bytes(path.read_bytes() + key.read_bytes())
    return path


@slim
def test_an_image_without_certificates_uses_those_of_a_package(certificate: Path) -> None:
    done = on_slim_image(CONNECT, str(certificate))
    assert done.returncode == 0, done.stderr
    # The certificates of pip or certifi are there, but they do not know this issuer.
    assert "self-signed certificate" in done.stdout and "root certificates" not in done.stdout


@slim
def test_without_certificates_the_error_names_a_remedy(certificate: Path) -> None:
    hidden = "import callfluent.certificates as c\nc.use_certificates_of_packages = lambda: False\n"
    done = on_slim_image(hidden + CONNECT, str(certificate))
    assert done.returncode == 0, done.stderr
    assert "no root certificates; install the package ca-certificates" in done.stdout


@slim
def test_clients_can_be_made_without_certificates() -> None:
    code = "from callfluent import AsyncCallFluent, CallFluent; print(CallFluent('k'), AsyncCallFluent('k'))"
    done = on_slim_image(code, flags="-I")
    assert (done.returncode, done.stderr) == (0, "")


@slim
def test_a_bundle_of_the_environment_is_trusted(certificate: Path) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        code = f"import os; os.environ[{name!r}] = {str(certificate)!r}\n{CONNECT}"
        shown = on_slim_image(code, str(certificate)).stdout
        assert "was lost" in shown and "certificate" not in shown, shown


def test_the_variables_come_from_os_environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert not {"SSL_CERT_FILE", "SSL_CERT_DIR"} & set(dict(environment()))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "bundle.pem")
    assert dict(environment())["SSL_CERT_FILE"] == "bundle.pem"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert dict(environment())["SSL_CERT_DIR"] == str(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", "own.pem")
    assert dict(environment())["SSL_CERT_FILE"] == "own.pem" and "SSL_CERT_DIR" not in dict(environment())


def test_the_bundle_of_pip_is_found() -> None:
    pytest.importorskip("pip")
    assert certificates.find_bundle() is not None


def test_an_unreadable_ca_bundle_is_reported() -> None:
    for kind in (CallFluent, AsyncCallFluent):
        with pytest.raises(InvalidRequestError, match=r"ca_bundle: missing\.pem cannot be read"):
            kind("key", ca_bundle="missing.pem")
