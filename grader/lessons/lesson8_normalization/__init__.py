"""Lesson 8, normalization and initialization."""

from zth.records import Component, Lesson

STARTS, NORMS, STREAM, LOOKS = (
    f"lesson8_normalization/{name}.py"
    for name in ("initialization", "normalization", "residual", "diagnostics")
)
DRAWS = (
    "torch.nn.init.kaiming_normal_",
    "torch.nn.init.kaiming_normal",
    "torch.nn.init.kaiming_uniform_",
    "torch.nn.init.calculate_gain",
)
LIBRARY = (
    "torch.nn.BatchNorm1d",
    "torch.nn.BatchNorm2d",
    "torch.nn.LayerNorm",
    "torch.nn.RMSNorm",
    "torch.nn.InstanceNorm1d",
    "torch.nn.GroupNorm",
    "torch.nn.functional.batch_norm",
    "torch.nn.functional.layer_norm",
    "torch.nn.functional.rms_norm",
    "torch.nn.functional.group_norm",
    "torch.batch_norm",
    "torch.layer_norm",
    "torch.rms_norm",
    "torch.native_batch_norm",
    "torch.native_layer_norm",
)

KAIMING = Component("kaiming", "Kaiming initialization", STARTS, "kaiming_normal_", DRAWS)
GPT2_INIT = Component("gpt2_init", "GPT-2's initialization", STARTS, "gpt2_init_")
BATCHNORM = Component("batchnorm", "Batch normalization", NORMS, "BatchNorm1d", LIBRARY)
LAYERNORM = Component("layernorm", "Layer normalization", NORMS, "LayerNorm", LIBRARY)
RMSNORM = Component("rmsnorm", "RMS normalization", NORMS, "RMSNorm", LIBRARY)
LAYERSCALE = Component("layerscale", "LayerScale", STREAM, "LayerScale")
RESIDUAL = Component("residual", "A residual connection", STREAM, "Residual")
DESCRIBE = Component("describe", "Statistics of a tensor", LOOKS, "describe")
OBSERVE = Component("observe", "Activations and their gradients", LOOKS, "observe")
UPDATES = Component("update_ratio", "Update-to-data ratio", LOOKS, "update_ratio")

LESSON = Lesson(
    id="lesson8",
    title="Normalization",
    folder="lesson8_normalization",
    components=(
        KAIMING,
        GPT2_INIT,
        BATCHNORM,
        LAYERNORM,
        RMSNORM,
        LAYERSCALE,
        RESIDUAL,
        DESCRIBE,
        OBSERVE,
        UPDATES,
    ),
    driver="grader.lessons.lesson8_normalization.driver",
    checks="grader.lessons.lesson8_normalization.checks",
    packages=("torch",),
    chapter="docs/lesson8_normalization.md",
)
