"""A chapter on a terminal."""

from __future__ import annotations

from rich.markdown import Markdown, MarkdownContext, Paragraph

from zth.render.prose import Prose


class _Paragraph(Paragraph):
    def on_enter(self, context: MarkdownContext) -> None:
        super().on_enter(context)
        self.text = Prose()


class Chapter(Markdown):
    """Markdown whose paragraphs are prose."""

    elements = Markdown.elements | {"paragraph_open": _Paragraph}
