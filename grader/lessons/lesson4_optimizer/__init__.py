"""Lesson 4, the optimizer."""

from zth.records import Component, Lesson

ADAPTIVE, MATRICES, AROUND = (
    f"lesson4_optimizer/{name}.py" for name in ("optimizer", "muon", "schedule")
)
FORBIDDEN = (
    "torch.optim",
    "torch.nn.utils.clip_grad",
    "torch.nn.utils.clip_grad_norm_",
    "torch.nn.utils.get_total_norm",
    "torch.nn.utils.clip_grads_with_norm_",
    "torch._fused_sgd_",
    "torch._fused_adam_",
    "torch._fused_adamw_",
    "torch.linalg.svd",
    "torch.svd",
)


def _component(id: str, title: str, file: str, name: str) -> Component:
    return Component(id=id, title=title, file=file, name=name, forbidden=FORBIDDEN)


BASE = _component("base", "What every optimizer does", ADAPTIVE, "Optimizer")
SGD = _component("sgd", "Gradient descent with momentum", ADAPTIVE, "SGD")
OPTIMIZER = _component("optimizer", "AdamW", ADAPTIVE, "AdamW")
NEWTON = _component("newton", "Newton–Schulz orthogonalisation", MATRICES, "orthogonalize")
MUON = _component("muon", "Muon", MATRICES, "Muon")
CLIPPING = _component("clipping", "Clipping the gradient", AROUND, "clip_grad_norm_")
SCHEDULE = _component("schedule", "Warm-up and cosine", AROUND, "cosine_schedule")

LESSON = Lesson(
    id="lesson4",
    title="Optimizer",
    folder="lesson4_optimizer",
    components=(BASE, SGD, OPTIMIZER, NEWTON, MUON, CLIPPING, SCHEDULE),
    driver="grader.lessons.lesson4_optimizer.driver",
    checks="grader.lessons.lesson4_optimizer.checks",
    packages=("torch", "torch._dynamo"),  # the second: what torch.optim imports when it is used
    chapter="docs/lesson4_optimizer.md",
)
