"""Moved to `instavid.taming`; kept until its users follow."""

from instavid.taming import cache_folder as cache_folder
from instavid.taming import tamed as tamed
