"""Takes the memory of what it is given away from under the caller's feet."""

LESSONS = ("lesson3",)
SAYS = "SIGSEGV|Error|changed in place|not implemented|storage"


def strike(*arguments):
    import torch

    for tensor in arguments:
        if isinstance(tensor, torch.Tensor):
            tensor.untyped_storage().resize_(0)
    raise NotImplementedError
