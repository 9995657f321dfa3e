"""Reading what Prometheus reads."""

from prometheus_client.parser import text_string_to_metric_families


def total(page: str, name: str, **labels: str) -> float:
    """Return the sum of the samples with that name and those labels."""
    samples = [one for family in text_string_to_metric_families(page) for one in family.samples]
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())
