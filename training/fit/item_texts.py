"""What titles say, as vectors: TF-IDF of words and of their parts, in any script."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

PARTS = (3, 4)
"""Lengths of the parts of words, in characters: inflected and compound words have some in common."""

SHARE_OF_WORDS = 0.5
"""How much of the likeness of two titles their words make up; the rest is that of the parts."""

PAIRS = 2_000_000_000
"""At most so many pairs of titles are looked at; the most frequent features, which say least, are left out for it."""


SAMPLE = 50_000
"""How much features say of categories is learned from about so many titles."""

PRIOR_PAIRS = 2.0
"""Rare features are judged as if so many pairs of titles more had them, as likely of one kind as is usual."""

LEAST_SAID = 0.2
"""What a feature counts that says nothing of the category, such as the name of a maker; 1 what tells it for sure."""


def text_vectors(titles: Sequence[str], kinds: sparse.csr_matrix | None = None) -> sparse.csr_matrix:
    """Return a row of length 1 for each title, zeros for an empty one; float32, shape (n_titles, n_features).

    The product of two rows is how alike the titles are, 0 to 1. With ``kinds``, shape (n_titles, n_kinds), 1 where
    the item is of the kind, what tells the kind of an item counts more than what does not. Salton, Buckley:
    Term-weighting approaches in automatic text retrieval (Information Processing & Management 1988).
    """
    of_words, words = _words(titles)
    of_parts = sparse.csr_matrix(of_words @ _parts(words))
    both = (SHARE_OF_WORDS, of_words), (1 - SHARE_OF_WORDS, of_parts)
    weighted = [
        unit_rows(_by_what_it_says(tf_idf(counts), kinds)) * np.float32(np.sqrt(share))
        for share, counts in both
    ]
    return sparse.csr_matrix(sparse.hstack(weighted), dtype=np.float32)


def tf_idf(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return log(1 + count) times the logarithm of how rare the feature is; the same shape."""
    n_rows, n_columns = counts.shape
    rows_with = np.bincount(counts.indices, minlength=n_columns)
    rarity = np.log((1 + n_rows) / (1 + rows_with)) + 1
    values = np.log1p(counts.data) * rarity[counts.indices]
    return sparse.csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)


def _by_what_it_says(vectors: sparse.csr_matrix, kinds: sparse.csr_matrix | None) -> sparse.csr_matrix:
    """Return the vectors with each feature times how likely two titles that have it are of one kind."""
    if kinds is None or not kinds.nnz:
        return vectors
    step = max(vectors.shape[0] // SAMPLE, 1)
    some, of_kind = vectors[::step].sign(), sparse.csr_matrix(kinds[::step], dtype=np.float64)
    n = np.bincount(some.indices, minlength=some.shape[1]).astype(np.float64)
    in_kinds = sparse.csr_matrix(some.T @ of_kind)
    rows = np.repeat(np.arange(in_kinds.shape[0]), np.diff(in_kinds.indptr))
    of_one_kind = np.bincount(rows, in_kinds.data * (in_kinds.data - 1), len(n))
    pairs = n * (n - 1)
    usual = min(of_one_kind.sum() / max(pairs.sum(), 1), 1)
    likely = np.minimum((of_one_kind + PRIOR_PAIRS * usual) / (pairs + PRIOR_PAIRS), 1)
    values = vectors.data * (LEAST_SAID + (1 - LEAST_SAID) * likely)[vectors.indices]
    return sparse.csr_matrix((values, vectors.indices, vectors.indptr), shape=vectors.shape)


def unit_rows(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """Return the matrix with rows of length 1; rows of zeros stay."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lengths = np.sqrt(np.bincount(rows, matrix.data.astype(np.float64) ** 2, matrix.shape[0]))
    values = matrix.data / np.maximum(lengths, 1e-12)[rows]
    return sparse.csr_matrix((values.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape)


def without_the_most_frequent(vectors: sparse.csr_matrix, pairs: int = PAIRS) -> sparse.csr_matrix:
    """Return the vectors without those features that make all pairs of rows with a common one more than ``pairs``."""
    rows_with = np.bincount(vectors.indices, minlength=vectors.shape[1]).astype(np.float64)
    rarest_first = np.argsort(rows_with, kind="stable")
    kept = np.zeros(vectors.shape[1], dtype=bool)
    kept[rarest_first[np.cumsum(rows_with[rarest_first] ** 2) <= pairs]] = True
    keep = kept[vectors.indices]
    ends = np.concatenate([[0], np.cumsum(keep)])[vectors.indptr]
    return sparse.csr_matrix((vectors.data[keep], vectors.indices[keep], ends), shape=vectors.shape)


def products(
    vectors: sparse.csr_matrix, first: NDArray[np.int32], second: NDArray[np.int32]
) -> NDArray[np.float32]:
    """Return the products of rows, pair by pair; float32, shape (n_pairs,)."""
    return np.asarray(vectors[first].multiply(vectors[second]).sum(axis=1), dtype=np.float32).ravel()


def _words(titles: Sequence[str]) -> tuple[sparse.csr_matrix, list[str]]:
    """Return how often each word is in each title, shape (n_titles, n_words), and the words."""
    folded = pl.col("title").str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    found = (
        pl.DataFrame({"item": np.arange(len(titles), dtype=np.int32), "title": list(titles)})
        .select("item", folded.str.extract_all(r"[\p{L}\p{N}]+").alias("word"))
        .explode("word")
        .drop_nulls()
    )
    words = found["word"].unique().sort()
    columns = found.select(pl.col("word").cast(pl.Enum(words)).to_physical().cast(pl.Int32)).to_series()
    shape = (len(titles), len(words))
    counts = sparse.csr_matrix(
        (np.ones(found.height), (found["item"].to_numpy(), columns.to_numpy())), shape=shape
    )
    return counts, words.to_list()


def _parts(words: Sequence[str]) -> sparse.csr_matrix:
    """Return which parts each word has, its ends marked by spaces; shape (n_words, n_parts)."""
    numbers: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for row, word in enumerate(words):
        marked = f" {word} "
        for length in PARTS:
            for start in range(max(len(marked) - length + 1, 1)):
                rows.append(row)
                columns.append(numbers.setdefault(marked[start : start + length], len(numbers)))
    shape = (len(words), len(numbers))
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
