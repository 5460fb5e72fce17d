"""Defaults that the command line shows and the library uses; light to import."""

SEGMENTER = "yolo11n-seg.pt"
"""The smallest current YOLO-seg model that is published."""

FORESIGHT_SECONDS = 0.5
"""How long frames of a file are held back until it is known which way new objects face."""

FLOOR_CONFIDENCE = 0.1
"""What a segmenter reports at the least: weak detections may extend a track, not begin one."""
