"""The group that all commands hang on, and how every run of `zth` ends."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from collections.abc import Sequence
from functools import cached_property

import click

from zth import __version__, language
from zth.cli.spoken import spoken, teach
from zth.language import tr
from zth.plugins import Plugins, nearest
from zth.records import ZthError
from zth.render.escape import ERRORS

OURS, INTERRUPTED = 3, 130


class Commands(click.Group):
    """The commands that the plugins offer, zth's own among them."""

    @cached_property
    def offered(self) -> dict[str, click.Command]:
        return Plugins.load().commands()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(self.offered)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        command = self.offered.get(name)
        return command and spoken(command)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super(Commands, spoken(self)).format_help(ctx, formatter)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super(Commands, spoken(self)).format_usage(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """click makes it once; what it says is in the language of now."""
        option = super().get_help_option(ctx)
        if option:
            option.help = tr("Show this message and exit.")
        return option

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.offered:
            raise nearest(args[0], self.offered, "command")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="zth", message="%(prog)s %(version)s")
@click.option(
    language.OPTION,
    type=click.Choice(language.LANGUAGES),
    expose_value=False,  # for the help alone: `main` takes it out of the arguments
    help="The language of what is said, before or after a command; else ZTH_LANG or the locale's.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A companion, with an autograder, to "LLM: zero to hero".

    \b
    zth                                    where am I, and what comes next?
    zth grade lesson3                      is my attention right?
    zth grade lesson3 --impl reference     what full marks look like
    zth hint lesson3                       not yet? one step at a time
    zth train shakespeare-tiny --with attention=student
    """
    if ctx.invoked_subcommand is None:
        _alone(ctx)


def _alone(ctx: click.Context) -> None:
    """`zth` alone: where the learner is, or what there is, where there is no learner yet."""
    from zth import trees
    from zth.cli.status import status

    if trees.workspace() is None:
        click.echo(ctx.get_help())
        click.echo("\n" + tr("next: zth init my-way  (a folder of your own, with the exercises)"))
    else:
        ctx.invoke(status)


def main(args: Sequence[str] | None = None) -> None:
    """Runs a command and ends the process: 0 right, 1 wrong, 2 usage, 3 our fault, 130 Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)  # a terminal that has no ✓ shows + instead
    language.use(language.preferred())
    teach()
    try:
        rest = _heard(sys.argv[1:] if args is None else args)
        code = cli.main(rest, prog_name="zth", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        code = 2
    except ZthError as error:
        click.echo(tr("error: {message}", message=error), err=True)
        code = 2
    except (KeyboardInterrupt, click.Abort):
        click.echo(tr("interrupted"), err=True)
        code = INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        code = 1
    except Exception as error:
        code = _unforeseen(error)
    sys.exit(code if isinstance(code, int) else 0)


def _heard(args: Sequence[str]) -> list[str]:
    """The arguments without `--lang`; what it asks for is spoken from here on. Raises ZthError."""
    wanted, rest = language.taken(args)
    if wanted in language.LANGUAGES:
        language.use(wanted, asked=True)
    elif wanted:
        raise nearest(wanted, language.LANGUAGES, "language")
    elif wanted is not None:
        known = language.listed(language.LANGUAGES)
        raise ZthError(tr("--lang needs a language ({known}), as in: zth --lang zh", known=known))
    return rest


def _unforeseen(error: Exception) -> int:
    """Says what went wrong, and gives the exit status: a full disk is not our mistake."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        _drop_output()
        click.echo(tr("error: cannot write: {reason}", reason=error.strerror), err=True)
        return 2
    traceback.print_exc()
    click.echo(tr("This is a mistake in zth, not in your code; please report it."), err=True)
    return OURS


def _drop_output() -> None:
    """Sends what is still to be written nowhere, so that the end of Python does not complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
