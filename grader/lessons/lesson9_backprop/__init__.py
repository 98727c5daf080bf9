"""Lesson 9, backprop by hand."""

from zth.records import Component, Lesson

STEPS, FUSED, WHOLE, MODEL = (
    f"lesson9_backprop/{name}.py" for name in ("steps", "fused", "mlp", "model")
)
# PyTorch's own gradients, by whatever way they are asked for; and the kernels that they are made
# of. What is left is to work them out. The driver runs all of it in inference mode besides, where
# autograd writes nothing down.
AUTOGRAD = (
    "functorch",
    "torch.autograd.grad",
    "torch.autograd.functional",
    "torch.autograd.forward_ad",
    "torch.func",
    "torch._functorch",
    "torch.enable_grad",
    "torch.Tensor.requires_grad_",
)
KERNELS = tuple(
    f"torch.ops.aten.{name}"
    for name in (
        "tanh_backward",
        "_log_softmax_backward_data",
        "_softmax_backward_data",
        "logsumexp_backward",
        "nll_loss_backward",
        "native_batch_norm_backward",
        "native_layer_norm_backward",
        "native_group_norm_backward",
        "embedding_backward",
        "embedding_dense_backward",
        "linear_backward",
    )
)
FORBIDDEN = ("torch.autograd", "torch.Tensor.backward", *AUTOGRAD, *KERNELS)


def _component(id: str, title: str, file: str, name: str) -> Component:
    return Component(id=id, title=title, file=file, name=name, forbidden=FORBIDDEN)


EMBEDDING = _component("dembedding", "Back through the embedding", STEPS, "embedding_backward")
LINEAR = _component("dlinear", "Back through a linear layer", STEPS, "linear_backward")
TANH = _component("dtanh", "Back through tanh", STEPS, "tanh_backward")
LOSS_STEPS = _component(
    "crossentropy_steps",
    "Cross-entropy, step by step",
    STEPS,
    "cross_entropy_steps_backward",
)
NORM_STEPS = _component(
    "batchnorm_steps", "Batch norm, step by step", STEPS, "batchnorm_steps_backward"
)
LOSS_FUSED = _component(
    "crossentropy_fused", "Cross-entropy in one expression", FUSED, "cross_entropy_backward"
)
NORM_FUSED = _component(
    "batchnorm_fused", "Batch norm in one expression", FUSED, "batchnorm_backward"
)
BY_HAND = _component("byhand", "The whole MLP by hand", WHOLE, "loss_and_gradients")
# What hands the learner's gradients to autograd is part of autograd, and `loss.backward()` asks.
MANUAL = Component("manual", "A model that trains by it", MODEL, "ManualMLP", AUTOGRAD)

LESSON = Lesson(
    id="lesson9",
    title="Backprop by hand",
    folder="lesson9_backprop",
    components=(
        EMBEDDING,
        LINEAR,
        TANH,
        LOSS_STEPS,
        NORM_STEPS,
        LOSS_FUSED,
        NORM_FUSED,
        BY_HAND,
        MANUAL,
    ),
    driver="grader.lessons.lesson9_backprop.driver",
    checks="grader.lessons.lesson9_backprop.checks",
    packages=("torch",),
    chapter="docs/lesson9_backprop.md",
)
