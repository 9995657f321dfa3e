"""Writes the pages of ``docs/reference`` that say what the code says: ``make docs`` runs it, a test compares."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import click
from pydantic import BaseModel

from docs.answers import Answered, kept, shown
from docs.exports import exports
from docs.tables import table
from docs.webhooks import webhook_section
from recsvc.app import EXTENSION, create_app
from recsvc.cli.main import recsvc
from recsvc.config_file import PREFIX
from recsvc.model.arrays import as_markdown
from recsvc.model.artifact import FORMAT_VERSION
from recsvc.settings.settings import Settings
from recsvc.settings.shops import is_of_all_shops
from training.cli.main import recsvc_train
from training.evaluation import metrics as evaluation
from training.settings import TrainingSettings

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py: change the code, then run `make docs`. -->\n"
HELP_WIDTH = 100
LIMITS = {
    "minimum": "At least",
    "exclusiveMinimum": "Above",
    "maximum": "At most",
    "maxLength": "Characters: at most",
    "maxItems": "Entries: at most",
}
Schemas: TypeAlias = dict[str, dict[str, Any]]

SETTINGS = """# Settings
Each setting of the service is a key of the `[service]` table of `recsvc.toml`, or a variable in the environment.
The variable wins over the file, and an option of the command line wins over both. `--config FILE` or
`RECSVC_CONFIG` names another file. A bad value, an unknown key or an unknown table stops the start and names it. A
variable that looks like a setting and is none is a warning.

A setting may stand in a file of its own: `RECSVC_SECRETS_DIR` names a directory, and the file `recsvc_redis_url` in it
is `RECSVC_REDIS_URL`. A variable wins over such a file, and the file over `recsvc.toml`.

## The service
`[shops.NAME]` may have any of these settings for that shop alone, and `hosts`
([several shops](../guides/several-shops.md)), but those of the deployment: {deployment}.

{service}

## The training job
These are keys of the `[training]` table. Some are options of `recsvc-train run` as well; an option wins.
`recsvc-train tune` finds values that suit your orders ([how](../guides/measuring.md#tuning)).

Of the settings of the service, the job heeds where versions and store are, so that both programs find the same:
`models_dir`, `models_url`, `database_url` and `database_schema`, in `[service]`, as variables or as files. Where
`--models-dir` names a directory, `models_dir` and `models_url` of the file do not count.

{training}

## Placements
`[placements.NAME]` holds the rules of a placement ([rules](../guides/rules.md)).
"""

COMMANDS = """# Commands
`recsvc` serves; `recsvc-train` reads orders and trains. An error is one line or paragraph on standard error that
names the value and the remedy. The exit status is 0 when the command did what it says; its text names the others.
"""

HTTP = """# HTTP
All requests and answers are JSON. Every error is an `application/problem+json` document (RFC 9457) that names the
value and the remedy. A running service has the whole description at `/openapi.json`, with a page to try it at
`/docs`; this page is made from it. [Keys](../guides/keys.md) says what the scopes are. Each request is shown once with
its answer, by a service over the sample shop of `make demo`; `…` stands for what is left out there.

An answer to `GET /v1/recommend` has an `ETag`: send it back as `If-None-Match`, and an unchanged list is a 304
without a body. `X-Recsvc-Cache` is `near`, `redis` or `miss`. A 503 says with `Retry-After` when to ask again.
"""

METRICS = """# Metrics
`GET /metrics` of any worker shows the sum of all workers of one `recsvc serve`, for Prometheus.
[Operating](../guides/operating.md#metrics) says which to watch; [measuring](../guides/measuring.md) says what the
figures of an evaluation mean.

Where a deployment has [several shops](../guides/several-shops.md), each sample has a label `shop`; without, none has.
The label `placement` is the name of the placement, `status` the HTTP status, and `cache` is `near`, `redis`, `miss`, or
`none` where there was no list. `scope` says whose lists were invalidated: those of a user, of a session, or all.

{metrics}

## Of an evaluation
`recsvc-train evaluate` and each training run measure these; [measuring](../guides/measuring.md) explains them with
examples.

{measures}
"""


ARTIFACT = """# The artifact
A version is a directory `models/<version>/` that is never changed once it has its name. `models/CURRENT` holds one
line: the name of the live version. Names begin with the time of publication, so that they sort by age.

`manifest.json` holds `format_version` ({format_version}; a reader refuses another), `model_version`, `created`,
`data_through` (newest order, or null), `counts`, `hyperparameters`, `metrics` (how each ranker and the settings of ALS
were chosen), and `sha256` of each other file; `guests` and `shoppers` are the ids of users that are nobody, or
somebody, against their name (none: names alone tell). `ranker_all.txt` and `ranker_new.txt` are LightGBM models as
text, or JSON: `{{"blend": {{feature: weight}}}}`, `{{}}` for the default blend. A line may stand above either,
`{{"personal_places": n, "taste": {{feature: weight}}}}`: the last `n` of the first ten places then go to the items with
the highest `taste`, a blend, among those behind the first `10 - n`. `moments.txt`, which may be missing, is JSON: what
is needed to foresee when a shopper orders next ([the right moment](../guides/moments.md)). `audience.txt`, which may be
missing, says how likely shoppers buy an item within `horizon_days` ([audiences](../guides/audiences.md)): for each of
the cases `new`, `again` and `cold_start` the weights of a logistic regression, and the curve from its log odds to how
often such shoppers bought.

Every other file is a NumPy `.npy` array in C order without pickled objects. Text `i` of a column is
`text[offsets[i]:offsets[i + 1]]`, in UTF-8. Matrices are compressed sparse rows: `indptr`, `indices`, and a value for
each index. Where no catalogue is known there are no categories, and their arrays are empty.

{arrays}

The files of a head come in pairs, and only those that `sha256` lists are read. Without them the best items are looked
for in the whole table ([why](../internals/ranking.md#candidates-features-ranker)).
"""


def settings() -> str:
    """Return the page of all settings."""
    return SETTINGS.format(
        deployment=", ".join(f"`{name}`" for name in Settings.model_fields if is_of_all_shops(name)),
        service=_settings_table("variable", Settings, PREFIX),
        training=_settings_table("key", TrainingSettings, ""),
    )


def _settings_table(heading: str, model: type[BaseModel], prefix: str) -> str:
    rows = [
        (
            f"`{prefix}{name.upper() if prefix else name}`",
            "none" if field.default in (None, ()) or field.default_factory else f"`{field.default}`",
            str(field.description),
        )
        for name, field in model.model_fields.items()
    ]
    return table((heading, "default", "meaning"), rows)


def commands() -> str:
    """Return the page of all commands with their help texts."""
    sections = [
        f"## {path}\n```text\n{text}\n```\n"
        for program in (recsvc, recsvc_train)
        for path, text in _help_texts(program, program.name or "", None)
    ]
    return "\n".join([COMMANDS, *sections])


def _help_texts(command: click.Command, path: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    name = path.rsplit(" ", 1)[-1]
    context = click.Context(command, info_name=name, parent=parent, max_content_width=HELP_WIDTH)
    context.terminal_width = HELP_WIDTH
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from _help_texts(command.commands[child], f"{path} {child}", context)


def http() -> str:
    """Return the page of all requests, from the OpenAPI document."""
    document = description()
    schemas = document["components"]["schemas"]
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    webhooks = {kind: methods["post"] for kind, methods in document["webhooks"].items()}
    described = [*(operation for _, operation in operations), *webhooks.values()]
    named = sorted({name for operation in described for name in _names(operation, schemas)})
    answered = kept()
    sections = [_operation(title, operation, answered) for title, operation in operations]
    objects = [_object(name, schemas[name]) for name in named]
    return "\n".join([HTTP, *sections, webhook_section(webhooks), "## Objects", *objects])


def description() -> dict[str, Any]:
    """Return the OpenAPI document."""
    document: dict[str, Any] = json.loads(_get("/openapi.json"))
    return document


def metrics() -> str:
    """Return the page of all metrics."""
    page = _get("/metrics")
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))
    helps = re.findall(r"^# HELP (recsvc_\w+) (.*)$", page, re.MULTILINE)
    rows = [(f"`{name}`", kinds[name], text) for name, text in helps if not name.endswith("_created")]
    measures = [(f"`{metric.name}`", metric.label, metric.words) for metric in evaluation.METRICS]
    measures += [(f"`{figure.name}`", figure.label, figure.words) for figure in evaluation.FIGURES]
    return METRICS.format(
        metrics=table(("metric", "type", "meaning"), sorted(rows)),
        measures=table(("key", "heading", "meaning"), measures),
    )


def artifact() -> str:
    """Return the page of all that a version holds."""
    return ARTIFACT.format(format_version=FORMAT_VERSION, arrays=as_markdown())


def _get(path: str) -> str:
    """Return what a service without a model answers; that there is none is its only complaint."""
    with TemporaryDirectory() as directory, redirect_stderr(StringIO()):
        app = create_app(Settings(models_dir=Path(directory), log_level="error"))
        answer = app.test_client().get(path).text
        app.extensions[EXTENSION].close()
    return answer


def _names(part: object, schemas: Schemas) -> set[str]:
    """Return the names of all schemas that ``part`` of the document refers to, of their own parts too."""
    names: set[str] = set()
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            name = str(one.get("$ref", "")).rsplit("/", 1)[-1]
            if name and name not in names:
                names.add(name)
                waiting.append(schemas[name])
            waiting += one.values()
    return names


def _operation(title: str, operation: dict[str, Any], answered: Mapping[str, Answered]) -> str:
    scopes = sorted(
        {scope for one in operation.get("security", []) for names in one.values() for scope in names}
    )
    texts = [
        f"## {title}",
        _sentence(operation["summary"]),
        operation.get("description", ""),
        f"*Scope:* `{'`, `'.join(scopes)}`" if scopes else "*Scope:* none, no key is needed",
    ]
    rows = [
        (f"`{one['name']}`", one["in"], _type(one["schema"]), _meaning(one["schema"]))
        for one in operation.get("parameters", [])
    ]
    texts.append(table(("parameter", "in", "type", "meaning"), rows) if rows else "")
    if "requestBody" in operation:
        texts.append(f"*Body:* {_contents(operation['requestBody'])}")
    answers = operation["responses"]
    given = [f"{status} {_contents(one)}" for status, one in answers.items() if status[0] in "23"]
    refused = [status for status in answers if status[0] not in "23"]
    texts.append(f"*Answers:* {'; '.join(given)}. *Refusals:* {', '.join(refused)}.")
    if title in answered:
        texts.append(f"```text\n{shown(answered[title], title.partition(' ')[0])}\n```")
    return "\n\n".join(filter(None, texts)) + "\n"


def _contents(part: dict[str, Any]) -> str:
    contents = part.get("content", {}).items()
    kinds = [
        _type(content["schema"]) + ("" if kind == "application/json" else f" as `{kind}`")
        for kind, content in contents
        if content.get("schema")
    ]
    return ", or ".join(kinds) or "without a body"


def _object(name: str, schema: dict[str, Any]) -> str:
    texts = [f"### {name}", _sentence(schema.get("description", ""))]
    needed = set(schema.get("required", []))
    rows = [
        (f"`{field}`" + (", needed" if field in needed else ""), _type(one), _meaning(one))
        for field, one in schema.get("properties", {}).items()
    ]
    texts.append(table(("field", "type", "meaning"), rows) if rows else _type(schema) + ".")
    return "\n\n".join(filter(None, texts)) + "\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    choices = [one for kind in ("anyOf", "oneOf", "allOf") for one in schema.get(kind, [])]
    if choices and "properties" not in schema:
        return " or ".join(dict.fromkeys(_type(one) for one in choices))
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _meaning(schema: dict[str, Any]) -> str:
    texts = [_sentence(schema.get("description", ""))]
    if schema.get("default") not in (None, [], ""):
        texts.append(f"Default: `{json.dumps(schema['default'])}`.")
    limits = [(words, schema[key]) for key, words in LIMITS.items() if key in schema]
    texts += [f"{words} {limit:,.10g}." for words, limit in limits]
    return " ".join(filter(None, texts))


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "commands.md": commands,
    "http.md": http,
    "metrics.md": metrics,
    "artifact.md": artifact,
    "exports.md": exports,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(NOTE + page(), encoding="utf-8")


if __name__ == "__main__":
    main()
