"""Corpora: what there is, where it comes from, and how it is found or fetched."""

from zth.data.files import cache, fetch, find, locate
from zth.data.registry import DATASETS

__all__ = ["DATASETS", "cache", "fetch", "find", "locate"]
