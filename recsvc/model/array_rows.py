"""The kinds of rows in the table of arrays, and how each is checked, written and read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import DamagedModelError
from recsvc.model.sparse import SparseRows, is_finite
from recsvc.model.vocabulary import TextColumn, Vocabulary

Sizes = Mapping[str, int]
"""By the name of a dimension, how long it is."""

Files = Mapping[str, NDArray[Any]]
"""By the stem of an ``.npy`` file, the array in it."""


class ArrayRow(Protocol):
    """One row of the table: a field of ``Model``, and the files that it is kept in."""

    @property
    def name(self) -> str:
        """The field of ``Model``."""

    @property
    def what(self) -> str:
        """What it is, in a sentence."""

    def dtypes(self) -> dict[str, str]:
        """Return the dtype of each file, by stem."""

    def shapes(self) -> dict[str, str]:
        """Return the shape of each file in words, by stem."""

    def split(self, value: Any) -> Files:  # noqa: ANN401  # what a field holds is the row's to know
        """Return what is to be written of the field's ``value``."""

    def joined(self, files: Files, sizes: Sizes) -> Any:  # noqa: ANN401
        """Return the field's value from what was read."""

    def check(self, value: Any, sizes: Sizes) -> None:  # noqa: ANN401
        """Raise DamagedModelError unless ``value`` fits the model."""


@dataclass(frozen=True)
class Array:
    """A dense array; one of floats must be finite.

    ``has_head``: it is an item table, of which a head may be kept; ``is_optional``: zeros where it was not kept.
    """

    name: str
    dtype: str
    shape: tuple[str, ...]
    what: str
    has_head: bool = False
    is_optional: bool = False

    def dtypes(self) -> dict[str, str]:
        """Return its dtype."""
        return {self.name: self.dtype}

    def shapes(self) -> dict[str, str]:
        """Return its shape."""
        return {self.name: f"({', '.join(self.shape)})"}

    def split(self, value: NDArray[Any]) -> Files:
        """Return the array itself."""
        return {self.name: value}

    def joined(self, files: Files, sizes: Sizes) -> NDArray[Any]:
        """Return the array itself."""
        if self.is_optional and self.name not in files:
            return np.zeros([_length(dimension, sizes) for dimension in self.shape], dtype=self.dtype)
        return files[self.name]

    def check(self, value: NDArray[Any], sizes: Sizes) -> None:
        """Refuse another shape, and values that are not finite."""
        expected = tuple(_length(dimension, sizes) for dimension in self.shape)
        if value.shape != expected:
            raise DamagedModelError(f"{self.name} has shape {value.shape}, expected {expected}")
        if value.dtype.kind == "f" and not is_finite(value):
            raise DamagedModelError(f"{self.name} has values that are not finite")


@dataclass(frozen=True)
class LearnedArray(Array):
    """An array that a version holds only where there was enough to learn it from; None without it."""

    is_optional: bool = True

    def split(self, value: NDArray[Any] | None) -> Files:
        """Return the array itself, or nothing."""
        return {} if value is None else super().split(value)

    def joined(self, files: Files, sizes: Sizes) -> NDArray[Any] | None:  # type: ignore[override]  # None is a value
        """Return the array, or None where it was not kept."""
        return super().joined(files, sizes) if self.name in files else None

    def check(self, value: NDArray[Any] | None, sizes: Sizes) -> None:
        """Refuse what ``Array.check`` does."""
        if value is not None:
            super().check(value, sizes)


@dataclass(frozen=True)
class ColumnGroup:
    """Arrays of one shape that the model holds as a mapping; each is kept as ``prefix`` and its name."""

    name: str
    prefix: str
    arrays: tuple[Array, ...]
    what: str

    def dtypes(self) -> dict[str, str]:
        """Return the dtypes of the columns."""
        return {f"{self.prefix}{array.name}": array.dtype for array in self.arrays}

    def shapes(self) -> dict[str, str]:
        """Return the shapes of the columns."""
        return {f"{self.prefix}{array.name}": array.shapes()[array.name] for array in self.arrays}

    def split(self, value: Files) -> Files:
        """Return the columns under the names of their files."""
        return {f"{self.prefix}{array.name}": value[array.name] for array in self.arrays}

    def joined(self, files: Files, _sizes: Sizes) -> Files:
        """Return the columns under their own names."""
        return {array.name: files[f"{self.prefix}{array.name}"] for array in self.arrays}

    def check(self, value: Files, sizes: Sizes) -> None:
        """Refuse missing columns, and what ``Array.check`` refuses of each."""
        names = {array.name for array in self.arrays}
        if value.keys() != names:
            raise DamagedModelError(f"{self.name} has {sorted(value)}, expected {sorted(names)}")
        for stem, array in zip(self.dtypes(), self.arrays, strict=True):
            Array(stem, array.dtype, array.shape, array.what).check(value[array.name], sizes)


@dataclass(frozen=True)
class Matrix:
    """A compressed sparse row matrix; ``values`` names what it holds."""

    name: str
    values: str
    shape: tuple[str, str]
    what: str

    def dtypes(self) -> dict[str, str]:
        """Return the dtypes of its three arrays."""
        return dict(zip(self._stems, ("int64", "int32", "float32"), strict=True))

    def shapes(self) -> dict[str, str]:
        """Return the shapes of its three arrays."""
        return dict(zip(self._stems, (f"({self.shape[0]} + 1)", "(nnz)", "(nnz)"), strict=True))

    def split(self, value: SparseRows) -> Files:
        """Return its three arrays."""
        return dict(zip(self._stems, (value.indptr, value.indices, value.values), strict=True))

    def joined(self, files: Files, sizes: Sizes) -> SparseRows:
        """Return the matrix of three arrays."""
        indptr, indices, values = (files[stem] for stem in self._stems)
        return SparseRows(indptr, indices, values, sizes[self.shape[1]])

    def check(self, value: SparseRows, sizes: Sizes) -> None:
        """Refuse another shape; the matrix checks its arrays by itself."""
        expected = tuple(sizes[dimension] for dimension in self.shape)
        if (found := (len(value), value.n_columns)) != expected:
            raise DamagedModelError(f"{self.name} has shape {found}, expected {expected}")

    @property
    def _stems(self) -> tuple[str, str, str]:
        return f"{self.name}_indptr", f"{self.name}_indices", f"{self.name}_{self.values}"


@dataclass(frozen=True)
class Texts:
    """Strings, as many as the dimension ``size``; where ``is_counted`` they say themselves how long that is.

    ``is_optional``: there are none where they were not kept.
    """

    name: str
    stem: str
    size: str
    what: str
    ids_as: type[Vocabulary] | None = None
    is_counted: bool = True
    is_optional: bool = False

    def length(self, files: Files) -> int:
        """Return how many strings were read."""
        return 0 if self._is_missing(files) else len(files[f"{self.stem}_offsets"]) - 1

    def dtypes(self) -> dict[str, str]:
        """Return the dtypes of its two arrays."""
        return {f"{self.stem}_text": "uint8", f"{self.stem}_offsets": "int64"}

    def shapes(self) -> dict[str, str]:
        """Return the shapes of its two arrays."""
        return {f"{self.stem}_text": "(bytes)", f"{self.stem}_offsets": f"({self.size} + 1)"}

    def split(self, value: Vocabulary | TextColumn) -> Files:
        """Return text and offsets."""
        column = value.ids if isinstance(value, Vocabulary) else value
        return {f"{self.stem}_text": column.text, f"{self.stem}_offsets": column.offsets}

    def joined(self, files: Files, _sizes: Sizes) -> Vocabulary | TextColumn:
        """Return the strings."""
        if self._is_missing(files):
            column = TextColumn.of([])
        else:
            column = TextColumn(files[f"{self.stem}_text"], files[f"{self.stem}_offsets"])
        return column if self.ids_as is None else self.ids_as(column)

    def _is_missing(self, files: Files) -> bool:
        return self.is_optional and not any(stem in files for stem in self.dtypes())

    def check(self, value: Vocabulary | TextColumn, sizes: Sizes) -> None:
        """Refuse another number of strings."""
        if len(value) != sizes[self.size]:
            raise DamagedModelError(
                f"there are {len(value)} {self.name} for {sizes[self.size]} {self.size.removeprefix('n_')}"
            )


def _length(dimension: str, sizes: Sizes) -> int:
    """Return how long ``dimension`` is: the name of one, or that and ``+ 1``."""
    name, _, more = dimension.partition(" + ")
    return sizes[name] + int(more or 0)
