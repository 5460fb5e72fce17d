"""The names of what `instavid eval pair` measures, and what each takes; light to import."""

from collections.abc import Mapping

_JUDGE, _CLASSIFIER, _INCEPTION = "--judge", "--classifier", "--inception"

FIGURES: Mapping[str, str] = {
    "target_rate": _JUDGE,
    "copy_floor": _JUDGE,
    "real_ceiling": _JUDGE,
    "still_source_rate": _JUDGE,
    "neither_rate": _JUDGE,
    "object_score": _CLASSIFIER,
    "object_score_floor": _CLASSIFIER,
    "object_score_ceiling": _CLASSIFIER,
    "picture_score": _CLASSIFIER,
    "picture_score_floor": _CLASSIFIER,
    "picture_score_ceiling": _CLASSIFIER,
    "object_kid": _INCEPTION,
    "picture_kid": _INCEPTION,
    "object_classifier_feature_mmd": _CLASSIFIER,
    "picture_classifier_feature_mmd": _CLASSIFIER,
    "crop_psnr_db": "",
    "crop_ssim": "",
    "crop_l1": "",
    "picture_psnr_db": "",
    "picture_ssim": "",
    "picture_l1": "",
    "height_over_width": "",
    "area_new_over_old": "",
    "collapsed_rate": "",
    "samples_changed_outside": "",
}
"""For each figure the option without which it is not measured, "" if there is none."""
