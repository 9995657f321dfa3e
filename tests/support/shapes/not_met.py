"""The shapes that are not read rightly yet."""

DATE_NOT_SEEN = "the date is neither read nor named"
NOT_MET: dict[str, str] = {
    "parquet-order-lines": DATE_NOT_SEEN,
}
"""Shape -> why it is misread or refused; a shape that is met has to leave this list."""
