"""Lesson 3, attention."""

from zth.records import Component, Lesson

FILE = "lesson3_attention/attention.py"
FORBIDDEN = (
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.functional.multi_head_attention_forward",
    "torch.nn.MultiheadAttention",
    "torch.nn.Transformer",
    "torch.nn.TransformerEncoderLayer",
    "torch.nn.TransformerDecoderLayer",
    "torch._C._nn.scaled_dot_product_attention",
    "torch._scaled_dot_product_attention_math",
    "torch._scaled_dot_product_flash_attention_for_cpu",
    "torch._native_multi_head_attention",
    "torch.nn.attention.flex_attention.flex_attention",
)


def _component(id: str, title: str, name: str) -> Component:
    return Component(id=id, title=title, file=FILE, name=name, forbidden=FORBIDDEN)


SDPA = _component("sdpa", "Scaled dot-product attention", "scaled_dot_product_attention")
HEAD = _component("head", "One causal head", "Head")
MULTIHEAD = _component("multihead", "Many heads, one by one", "MultiHeadAttention")
ATTENTION = _component("attention", "Many heads in one product", "CausalSelfAttention")
BLOCKWISE = _component("blockwise", "Attention in blocks", "blockwise_attention")

LESSON = Lesson(
    id="lesson3",
    title="Attention",
    folder="lesson3_attention",
    components=(SDPA, HEAD, MULTIHEAD, ATTENTION, BLOCKWISE),
    driver="grader.lessons.lesson3_attention.driver",
    checks="grader.lessons.lesson3_attention.checks",
    packages=("torch",),
    chapter="docs/lesson3_attention.md",
)
