"""Lesson 2: a byte pair encoding tokenizer, as GPT-2 and GPT-4 have it."""

from __future__ import annotations

from zth.records import Component, Lesson

FOLDER = "lesson2_tokenizer"
FORBIDDEN = ("tiktoken", "tokenizers", "sentencepiece", "minbpe")
REGEX_FILE = f"{FOLDER}/regex_tokenizer.py"

BASIC = Component("basic", "BPE on bytes", f"{FOLDER}/basic.py", "BasicTokenizer", FORBIDDEN)
REGEX = Component("regex", "BPE within words", REGEX_FILE, "RegexTokenizer", FORBIDDEN)
SPECIAL = Component("special", "Special tokens", REGEX_FILE, "RegexTokenizer", FORBIDDEN)

LESSON = Lesson(
    id="lesson2",
    title="Tokenizer",
    folder=FOLDER,
    components=(BASIC, REGEX, SPECIAL),
    driver=f"grader.lessons.{FOLDER}.driver",
    checks=f"grader.lessons.{FOLDER}.checks",
    packages=("regex",),
    chapter=f"docs/{FOLDER}.md",
    scratch=8 << 20,  # save and load
)
