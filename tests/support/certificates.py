"""Certificates of a test's own, made by the openssl program: a CA, and whom it stands for."""

import subprocess
from pathlib import Path


class Authority:
    """A CA in a directory.

    Attributes:
        ca: file of its own certificate.
    """

    def __init__(self, directory: Path, name: str = "ca") -> None:
        self._directory = directory
        self.ca = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        extensions = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        _openssl("req", "-x509", *_new_key(self._key), "-subj", f"/CN={name}", *extensions, "-out", self.ca)

    def issue(self, name: str, subject: str) -> tuple[Path, Path]:
        """Return the files of a certificate and its key for ``subject``, such as ``DNS:localhost``."""
        certificate, key, request = (self._directory / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        _openssl(
            "req",
            *_new_key(key),
            "-subj",
            f"/CN={name}",
            "-addext",
            f"subjectAltName={subject}",
            "-out",
            request,
        )
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self._key, "-CAcreateserial", "-days", "2",
            "-copy_extensions", "copy", "-out", certificate,
        )  # fmt: skip
        return certificate, key


def _new_key(path: Path) -> tuple[str | Path, ...]:
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
