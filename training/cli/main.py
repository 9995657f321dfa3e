"""``recsvc-train``: joins the commands, and turns errors into exit statuses."""

import sys

import click
from threadpoolctl import threadpool_limits

from recsvc.errors import RecsvcError
from training.cli.doctor import doctor
from training.cli.evaluate import evaluate
from training.cli.hook import Ending
from training.cli.look import look
from training.cli.run import run
from training.cli.sample import sample
from training.cli.tune import tune


@click.group()
@click.version_option(package_name="recsvc")
@click.pass_context
def recsvc_train(context: click.Context) -> None:
    """Turn order history into a model that recsvc serves."""
    # Each fit sets the number of BLAS threads for itself; set for all of a command, no digit depends on their order.
    context.with_resource(threadpool_limits(1, "blas"))


for command in (run, look, evaluate, tune, doctor, sample):
    recsvc_train.add_command(command)


def main() -> None:
    """Run the program; an error becomes one paragraph on standard error and an exit status."""
    try:
        recsvc_train()
    except (RecsvcError, OSError) as error:  # OSError: a full or read-only disk; its message names the file
        click.echo(f"error: {error}", err=True)
        sys.exit(Ending.of(error).exit_status)
