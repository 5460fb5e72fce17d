"""Transfigure a video file from Python.

python examples/transfigure_file.py field.mp4 giraffes.mp4 --pair sheep2giraffe
"""

import argparse

import instavid


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Transfigure a video file.")
    parser.add_argument("input")
    parser.add_argument("output")
    parser.add_argument("--pair", required=True, help="name or folder of a pair")
    parser.add_argument("--direction", default="AtoB", choices=["AtoB", "BtoA"])
    parser.add_argument("--seg-model", default="yolo11n-seg.pt", help="YOLO-seg weights")
    arguments = parser.parse_args()

    report = instavid.transfigure(
        arguments.input,
        arguments.output,
        pair=arguments.pair,
        direction=arguments.direction,
        seg_model=arguments.seg_model,
        overwrite=True,
    )
    print(report.summary())


if __name__ == "__main__":
    main()
