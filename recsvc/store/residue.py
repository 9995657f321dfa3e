"""What is left of erased ids in a file."""

from collections.abc import Collection
from pathlib import Path

_CHUNK_BYTES = 2**20


def contains(path: Path, texts: Collection[bytes]) -> bool:
    """Return whether any of ``texts`` is anywhere in the file, also as a part of something else."""
    overlap = max(map(len, texts), default=1) - 1
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            window = tail + chunk
            if any(text in window for text in texts):
                return True
            tail = window[-overlap:] if overlap else b""
    return False
