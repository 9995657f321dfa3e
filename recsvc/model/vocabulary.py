"""External ids (str) and their indices (int)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.identity.spelling import item_key, item_keys

UNKNOWN = -1
"""In place of the index of an id that is not known."""

MANY, SHARE_OF_MANY = 1_000, 16
"""Ids are looked up in a table where there are more than so many, and more than one for so many that are known."""


@dataclass(frozen=True, eq=False)
class TextColumn:
    """An immutable column of strings in two arrays, so that it can be memory-mapped without pickle.

    Attributes:
        text: uint8, shape (n_bytes,): all strings as UTF-8, one after another.
        offsets: int64, shape (n + 1,): string ``i`` is ``text[offsets[i]:offsets[i + 1]]``.
    """

    text: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    _text_view: memoryview = field(init=False, repr=False)
    _offsets_view: memoryview = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse offsets that do not describe the text."""
        offsets = self.offsets
        if {self.text.ndim, offsets.ndim} != {1}:
            raise DamagedModelError("an array of a text column has other than one dimension")
        in_order = len(offsets) > 0 and offsets[0] == 0 and offsets[-1] == len(self.text)
        if not in_order or bool(np.any(offsets[1:] < offsets[:-1])):
            raise DamagedModelError("the offsets of a text column do not fit its text")
        self._check_utf8()
        # A memoryview reads a slice several times faster than a numpy (memory-mapped) array does.
        object.__setattr__(self, "_text_view", np.ascontiguousarray(self.text).data)
        object.__setattr__(self, "_offsets_view", np.ascontiguousarray(offsets).data)

    def _check_utf8(self) -> None:
        """Refuse text that is not UTF-8, and offsets within a character: each string can then be decoded."""
        starts = self.offsets[self.offsets < len(self.text)]
        try:
            str(np.ascontiguousarray(self.text).data, "utf-8")
        except UnicodeDecodeError as error:
            raise DamagedModelError(f"a text column is not UTF-8 at byte {error.start}") from None
        if bool(np.any((self.text[starts] & 0b11000000) == 0b10000000)):
            raise DamagedModelError("the offsets of a text column divide a character")

    @classmethod
    def of(cls, strings: Iterable[str]) -> "TextColumn":
        """Pack ``strings`` in the order given."""
        encoded = [string.encode() for string in strings]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(string) for string in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> str:
        return self.bytes_at(index).decode()

    def __iter__(self) -> Iterator[str]:
        text = self._text_view.tobytes()
        return (text[start:end].decode() for start, end in pairwise(self.offsets.tolist()))

    def bytes_at(self, index: int) -> bytes:
        """Return the UTF-8 bytes of string ``index``; raises IndexError outside 0..n-1."""
        if not 0 <= index < len(self):
            raise IndexError(f"index {index} is not in 0..{len(self) - 1}")
        return bytes(self._text_view[self._offsets_view[index] : self._offsets_view[index + 1]])

    def bytes_of(self, indices: NDArray[np.intp]) -> list[bytes]:
        """Return the UTF-8 bytes of many strings, each index within 0..n-1: a quarter of the time of ``bytes_at``."""
        text, offsets = self._text_view, np.asarray(self._offsets_view)
        starts, ends = offsets[indices].tolist(), offsets[indices + 1].tolist()
        return [bytes(text[start:end]) for start, end in zip(starts, ends, strict=True)]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The ids of one kind (users or items), sorted by their UTF-8 bytes; the index is the rank.

    Sorted, because then an id is found by bisection in a memory-mapped file: no dictionary to build at
    start, none to hold in each worker.
    """

    ids: TextColumn

    @classmethod
    def of(cls, ids: Iterable[str]) -> Self:
        """Build from distinct ids in any order; raises ValueError when one occurs twice."""
        ordered = sorted(ids, key=str.encode)
        for previous, current in pairwise(ordered):
            if previous == current:
                raise ValueError(f"the id {current!r} occurs twice")
        return cls(TextColumn.of(ordered))

    def __len__(self) -> int:
        return len(self.ids)

    def index_of(self, external_id: str) -> int | None:
        """Return the index of ``external_id``, or None when it is not known."""
        wanted = external_id.encode(errors="surrogatepass")
        index = bisect_left(range(len(self)), wanted, key=self.ids.bytes_at)
        known = index < len(self) and self.ids.bytes_at(index) == wanted
        return index if known else None

    def indices_of(self, external_ids: Iterable[str]) -> list[int]:
        """Return the indices of those ids that are known, in the order given."""
        found = self.places_of(list(external_ids))
        return [int(index) for index in found[found != UNKNOWN]]

    def places_of(self, external_ids: Sequence[str]) -> NDArray[np.intp]:
        """Return the index of each id, ``UNKNOWN`` where it is not known; intp, shape (n_ids,).

        Many are looked up in a table that is made for it: about .5 µs an id and an index, instead of 12.
        """
        known: Mapping[str, int] = {}
        if len(external_ids) > MANY and SHARE_OF_MANY * len(external_ids) > len(self):
            known = {known_id: index for index, known_id in enumerate(self.ids)}
        places = np.empty(len(external_ids), dtype=np.intp)
        for at, external_id in enumerate(external_ids):
            index = known.get(external_id)
            if index is None:
                index = self.index_of(external_id)
            places[at] = UNKNOWN if index is None else index
        return places

    def id_of(self, index: int) -> str:
        """Return the id at ``index``; raises IndexError outside 0..n-1."""
        return self.ids[index]


@dataclass(frozen=True, eq=False)
class ItemVocabulary(Vocabulary):
    """Item ids, each of which is found in any of its spellings: ``Ab 001`` also as ``AB001``.

    Beside the ids stand the hashes of what the spellings of each have in common, ascending: 12 bytes an item. They are
    looked at only for ids that are not known as they stand.
    """

    _hashes: memoryview = field(init=False, repr=False)
    _indices: NDArray[np.int32] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fold every id once: about 1 µs each."""
        hashes = np.fromiter(map(hash, item_keys(list(self.ids))), np.int64, len(self))
        order = np.argsort(hashes, kind="stable")
        object.__setattr__(self, "_hashes", hashes[order].data)
        object.__setattr__(self, "_indices", order.astype(np.int32))

    def places_of(self, external_ids: Sequence[str]) -> NDArray[np.intp]:
        """Return the index of each id in any of its spellings, ``UNKNOWN`` where it is not known; intp, shape (n_ids,).

        All are looked up at once by their hashes: about .6 µs an id that stands as it is known, instead of 12.
        """
        places = np.full(len(external_ids), UNKNOWN, dtype=np.intp)
        if not len(self):
            return places
        wanted = np.fromiter(map(hash, item_keys(external_ids)), np.int64, len(external_ids))
        hashes = np.asarray(self._hashes)
        found = np.minimum(hashes.searchsorted(wanted), len(self) - 1)
        known = np.flatnonzero(hashes[found] == wanted)
        places[known] = self._indices[found[known]]
        for at, known_id in zip(known.tolist(), self.ids.bytes_of(places[known]), strict=True):
            external_id = external_ids[at]
            if known_id != external_id.encode(errors="surrogatepass"):
                other = self.index_of(external_id)  # another spelling, or one of several with this hash
                places[at] = UNKNOWN if other is None else other
        return places

    def index_of(self, external_id: str) -> int | None:
        """Return the index of the item, or None when it is not known in any spelling."""
        index = super().index_of(external_id)
        if index is not None:
            return index
        wanted = item_key(external_id)
        place, wanted_hash = bisect_left(self._hashes, hash(wanted)), hash(wanted)
        while place < len(self) and self._hashes[place] == wanted_hash:
            index = int(self._indices[place])
            if item_key(self.id_of(index)) == wanted:
                return index
            place += 1
        return None
