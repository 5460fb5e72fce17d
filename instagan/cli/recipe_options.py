"""Options for what a recipe decides: networks, losses and how they are trained."""

import click

from instagan.cli.options import Command, add_options


def recipe_options(command: Command) -> Command:
    """Add flags that win over the recipe; one that is not given leaves its choice."""
    options = [
        click.option(
            "--stages",
            metavar="SIZE:STEPS,...",
            help="Picture sizes and how many steps at each, as in 64:8000,96:6000.",
        ),
        click.option("--batch", type=int, help="Pictures of each domain in a step."),
        click.option(
            "--generator",
            type=click.Choice(["set", "resnet", "resnet-seg"]),
            help="InstaGAN's, CycleGAN's, or that with all masks as one more channel.",
        ),
        click.option(
            "--judge",
            type=click.Choice(["set", "patch", "patch-seg"]),
            help="The discriminators' kind, likewise.",
        ),
        click.option(
            "--upsampling",
            type=click.Choice(["transposed", "resize"]),
            help="How decoders double a picture's sides; resize leaves no checkerboard.",
        ),
        click.option(
            "--width", type=int, help="Channels of the generators after the first convolution."
        ),
        click.option("--mask-width", type=int, help="The same of their mask encoders."),
        click.option("--blocks", type=int, help="Residual blocks of each encoder."),
        click.option("--judge-width", type=int, help="Channels of the discriminators."),
        click.option(
            "--judge-norm", type=click.Choice(["spectral", "none"]), help="Norms in them."
        ),
        click.option(
            "--judge-sees",
            metavar="VIEW,...",
            help="The picture with its masks, the object alone, or its crop, by one network each.",
        ),
        click.option(
            "--augment",
            metavar="NAME,...|none",
            help="What discriminators see is varied: color, translation, cutout.",
        ),
        click.option("--gan", type=float, help="Weight of the adversarial loss."),
        click.option("--cycle", type=float, help="Weight of the cycle loss."),
        click.option(
            "--identity", type=float, help="Weight of the identity loss; 0 saves its time."
        ),
        click.option("--context", type=float, help="Weight of the context loss."),
        click.option(
            "--mirror",
            type=float,
            help="Weight of the mirror loss: a mirrored object becomes what the object becomes, "
            "mirrored.",
        ),
        click.option(
            "--temporal",
            type=float,
            help="Weight of the temporal loss: what is made of a picture that moves moves along.",
        ),
        click.option(
            "--merge-masks/--no-merge-masks",
            default=None,
            help="Take all instances of a picture as one.",
        ),
        click.option(
            "--context-share/--no-context-share",
            default=None,
            help="Divide the context loss by the share of background in the picture.",
        ),
        click.option("--lr", type=float, help="Adam's step size of the generators."),
        click.option("--lr-judge", type=float, help="Adam's step size of the discriminators."),
        click.option(
            "--clip", type=float, help="Largest norm of a network's gradient; 0 for no limit."
        ),
        click.option(
            "--decay", type=float, help="Share of the run over which the rates fall to zero."
        ),
        click.option("--ema", type=float, help="Running average of the generators; 0 for none."),
        click.option(
            "--warm-up", type=int, help="Steps of an autoencoder that both generators start as."
        ),
        click.option(
            "--mask-errors",
            type=float,
            metavar="SHARE",
            help="Share of the samples whose masks get a detector's errors.",
        ),
        click.option("--ins-max", type=int, help="Instances taken from each picture."),
        click.option("--ins-per", type=int, help="Instances translated at once."),
        click.option(
            "--collapse-window", type=int, help="Steps with collapsed masks that end the run."
        ),
        click.option(
            "--skip-limit",
            type=int,
            help="Steps in a row, left out as a loss or gradient was not finite, that end the run.",
        ),
        click.option(
            "--precision", type=click.Choice(["float32", "bfloat16"]), help="Of convolutions."
        ),
        click.option(
            "--compile/--no-compile",
            "compiled",
            default=None,
            help="Compile the networks: minutes at the start, then faster.",
        ),
    ]
    return add_options(command, options)
