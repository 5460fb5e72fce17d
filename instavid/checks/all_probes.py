"""The probes of `instavid doctor`, in the order of the report."""

from instavid.checks import networks, surroundings, video
from instavid.checks.probing import Probe

PROBES: dict[str, Probe] = {
    "python": networks.python,
    "torch": networks.torch_build,
    "torchvision": networks.torchvision_ops,
    "generator": networks.generator,
    "ultralytics": networks.ultralytics,
    "opencv": networks.opencv,
    "pyav": video.pyav,
    "encoders": video.encoders,
    "round trip": video.round_trip,
    "cache": surroundings.cache,
    "pairs": surroundings.pairs,
    "cameras": surroundings.cameras,
}
