"""Transfigure a camera live; q closes the window.

python examples/webcam.py --source 0 --pair sheep2giraffe
python examples/webcam.py --source lavfi:testsrc2=rate=10 --pair sheep2giraffe --record out.mkv
"""

import argparse

from instavid.live import transfigure_live


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Transfigure a camera.")
    parser.add_argument("--source", default="0", help="camera number, or what FFmpeg opens")
    parser.add_argument("--pair", required=True, help="name or folder of a pair")
    parser.add_argument("--seg-model", default="yolo11n-seg.pt", help="YOLO-seg weights")
    parser.add_argument("--record", help="write a file instead of opening a window")
    parser.add_argument("--seconds", type=float, help="stop after this time")
    arguments = parser.parse_args()

    report = transfigure_live(
        arguments.source,
        arguments.record,
        pair=arguments.pair,
        seg_model=arguments.seg_model,
        duration_seconds=arguments.seconds,
        overwrite=True,
    )
    print(report.summary())


if __name__ == "__main__":
    main()
