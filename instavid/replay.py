"""What has changed since a run that is to be repeated."""

from collections.abc import Iterator

from instagan.pairs import find_pair
from instavid.recipe import Recipe
from instavid.segmenters.weights import digest_of_known
from instavid.selection import parse_selection
from instavid.zoo import pair_places


def differences(recipe: Recipe, *, with_pairs: bool, with_segmenter: bool) -> Iterator[str]:
    """Yield a sentence for each model that is not what it was.

    Args:
        recipe: Of the earlier run.
        with_pairs: Whether its pairs are to be used.
        with_segmenter: Whether its segmentation weights are to be used.

    Raises:
        instagan.PairError: A pair is missing or damaged.
    """
    specs = recipe.options.get("pair", ()) if with_pairs else ()
    for spec, before in zip(specs, recipe.pairs, strict=False):
        pair = find_pair(parse_selection(spec).pair, pair_places())
        if pair.card.sha256 != before:
            yield f"The pair {pair.card.name} is not the one of that run: the result will differ."
    segmenter = str(recipe.options.get("seg_model", ""))
    now = digest_of_known(segmenter) if with_segmenter and recipe.segmenter else ""
    if now and now != recipe.segmenter:
        yield f"The weights {segmenter} are not those of that run: the result may differ."
