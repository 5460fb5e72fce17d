"""instavid doctor: what this machine has, and what works on it."""

import json

import click


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, as_json: bool) -> int:
    """Check what this machine has and what works on it.

    Tries things out instead of only listing them: encodes a frame with every encoder, runs a small
    generator, reads back what it wrote. Nothing is downloaded and no camera is opened. The exit
    code is 0 when everything that is needed works, and 1 otherwise.
    """
    from instavid.checks.all_probes import PROBES
    from instavid.checks.probing import examine

    report = examine(PROBES)
    click.echo(json.dumps(report.to_json()) if as_json else report.table())
    for found in report.problems:
        click.echo(f"instavid: {found.name}: {found.detail}", err=True)
    return 1 if report.problems else 0
