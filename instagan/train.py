"""`python -m instagan.train`: train a pair without instavid; torchrun starts several at once."""

import sys

import click

from instagan.errors import InstaganError

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> None:
    """Run the training command and exit with its code."""
    from instagan.cli.train import command

    try:
        code = command.main(
            arguments,
            "python -m instagan.train",
            standalone_mode=False,
            auto_envvar_prefix="INSTAVID_TRAIN",
        )
    except click.ClickException as fault:
        click.echo(f"instagan: {fault.format_message().rstrip('.')}; -h shows how", err=True)
        code = fault.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("instagan: interrupted", err=True)
        code = _INTERRUPTED
    except InstaganError as fault:
        click.echo(f"instagan: {fault}", err=True)
        code = fault.exit_code
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
