"""The datasets that zth brings: records, no bytes."""

from __future__ import annotations

from zth.records import Dataset

DATASETS = (
    Dataset(
        name="tinyshakespeare",
        path="tinyshakespeare/input.txt",
        url=(
            "https://raw.githubusercontent.com/karpathy/char-rnn/master"
            "/data/tinyshakespeare/input.txt"
        ),
        sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        licence="public domain text",
        description="1,115,394 characters of Shakespeare, 65 of them distinct",
    ),
    Dataset(
        name="names",
        path="names/names.txt",
        url="https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
        sha256="0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        licence="derived from public records",
        description="32,033 first names, one a line",
        by_line=True,
    ),
)
