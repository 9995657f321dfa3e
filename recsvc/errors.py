"""Every error that recsvc raises on purpose.

::

    RecsvcError
    ├── SettingsError              a setting has a bad value; the message names it
    ├── ModelError                 a model version cannot be used
    │   ├── NoModelError           nothing has been published yet
    │   ├── UnknownVersionError    no such version in the models directory
    │   └── DamagedModelError      a file is missing, truncated, altered or of another format
    ├── OverloadedError            too many requests wait for a list already    -> HTTP 503
    ├── CacheError                 Redis cannot be filled
    ├── StoreError                 the database cannot be read or written       -> HTTP 503
    ├── ConflictError              a request contradicts what is stored         -> HTTP 409
    │   └── ChangedRecordError     somebody else changed what was built upon    -> HTTP 409
    ├── UnreadableExportError      a product export cannot be read
    ├── PlatformError              the shop's own system answers nothing that can be used
    │   └── PlatformAwayError      it does not answer, or not in time
    ├── RulesError                 a rule of a placement makes no sense         -> HTTP 422
    ├── ExperimentError            an experiment makes no sense                 -> HTTP 422
    ├── QueryError                 a request cannot be answered as it stands    -> HTTP 422
    │   ├── UnknownPlacementError  the shop has no placement of that name       -> HTTP 422
    │   └── UnknownItemError       the item a list is to be based on is unknown -> HTTP 404
    ├── ExportError                an export of lists ended before it was whole
    ├── TuningError                tuning ended before it had measured anything
    └── DataError                  the order history is not usable              -> exit 3
        ├── UnreadableSourceError  a file cannot be opened as what it claims to be
        ├── UnusableExportError    columns that a recommender needs are missing
        ├── OpenQuestionError      the data can be read in two ways, and nobody said which
        ├── TooManyRejectedError   more rows were refused than the settings allow
        └── TooLittleDataError     after cleaning there is nothing to learn from

A message names the value and the remedy. Errors of libraries are translated once, where they occur.
"""


class RecsvcError(Exception):
    """Whatever recsvc refuses to do; the message is meant for the person at the keyboard."""


class SettingsError(RecsvcError):
    """A setting has a value that cannot be used."""


class ModelError(RecsvcError):
    """A model version cannot be used."""


class NoModelError(ModelError):
    """The models directory has no live version yet."""


class UnknownVersionError(ModelError):
    """The models directory has no version of that name."""


class DamagedModelError(ModelError):
    """A file of the version is missing, truncated, altered or of another format."""


class OverloadedError(RecsvcError):
    """More requests wait for a list to be made than the settings allow, or a request waited too long."""


class CacheError(RecsvcError):
    """Redis cannot be filled: it is lost or takes nothing. No answer depends on it."""


class StoreError(RecsvcError):
    """The database that holds events and catalogue cannot be read or written."""


class UnreadableRowError(StoreError):
    """A row of the store is not as rows of its table are: another program wrote it."""


class ConflictError(RecsvcError):
    """A request contradicts what is stored."""


class ChangedRecordError(ConflictError):
    """Somebody else changed what was built upon."""


class QueryError(RecsvcError):
    """A well-formed request cannot be answered as it stands."""


class UnknownPlacementError(QueryError):
    """A request names a placement that is neither built in nor one of the shop's."""


class UnknownItemError(QueryError):
    """The item that a list is to be based on is not in the model."""


class UnreadableExportError(RecsvcError):
    """A product export cannot be read; the message says what can be."""


class PlatformError(RecsvcError):
    """The shop's own system answers nothing that can be used; the message says what to do."""


class PlatformAwayError(PlatformError):
    """The shop's own system does not answer, or not in time."""


class RulesError(RecsvcError):
    """A rule makes no sense; the message names the placement, the key and the value."""


class ExperimentError(RecsvcError):
    """An experiment makes no sense; the message names the experiment, the value and the remedy."""


class ExportError(RecsvcError):
    """An export of lists ended before it was whole; run again, it goes on."""


class TuningError(RecsvcError):
    """Tuning ended before it had measured anything."""


class DataError(RecsvcError):
    """The order history cannot be used."""


class UnreadableSourceError(DataError):
    """A file cannot be opened as what it claims to be."""


class UnusableExportError(DataError):
    """The columns that a recommender needs are not in the file."""


class OpenQuestionError(DataError):
    """The order history can be read in several ways that teach different things."""


class TooManyRejectedError(DataError):
    """More rows were refused than the settings allow."""


class TooLittleDataError(DataError):
    """After cleaning, there is nothing to learn from."""
