"""Defaults that the command line shows and the library uses; light to import."""

SEGMENTER = "yolo11n-seg.pt"
"""The smallest current YOLO-seg model that is published."""

MASK_RCNN = "maskrcnn_resnet50_fpn_v2"
"""torchvision's name of its better Mask R-CNN."""

FORESIGHT_SECONDS = 0.5
"""How long frames of a file are held back until it is known which way new objects face."""

FLOOR_CONFIDENCE = 0.1
"""What a segmenter reports at the least: weak detections may extend a track, not begin one."""

CONFIDENCE = 0.25
"""From which a detection begins a track."""

ALIKE_BITS = 8
"""Pictures look alike whose fingerprints differ in no more of their 64 bits. On our clips two
frames that follow each other differ in about 4, frames of different clips in 12 and more."""

RESUME_EVERY = 128
"""Frames between two places from which a run that was killed can go on."""
