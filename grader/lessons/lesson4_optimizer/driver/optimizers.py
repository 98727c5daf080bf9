"""Optimizers: built, stepped, saved, resumed, refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.tensors import array, tensor, unchanged

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]


Settings = dict[str, bool | float | list[float]]


@dataclass(frozen=True)
class Group:
    """A group: which parameters it holds, and the settings that are its own."""

    params: list[int]
    settings: Settings = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One step: a gradient for each parameter, or none; what changes before it, by group."""

    grads: list[Array | None]
    changed: dict[str, Settings] = field(default_factory=dict)


@dataclass(frozen=True)
class Episode:
    """All that one run of an optimizer needs. `kind` is the component's id.

    `strided`: parameters do not lie in one piece of memory. `reused`: each gradient is written into
    the tensor that held the one before, as after zero_grad(set_to_none=False).
    """

    kind: str
    settings: Settings
    groups: list[Group]
    params: list[Array]
    steps: list[Step]
    strided: bool = False
    reused: bool = False


@dataclass(frozen=True)
class Resumed:
    """Parameters after each step: of a run in one go, and of one that was saved and restored."""

    whole: list[list[Array]]
    again: list[list[Array]]


@dataclass(frozen=True)
class Saved:
    """What a state_dict holds: the numbers of parameters with a state, and the groups."""

    keys: list[int]
    groups: list[Group]


@dataclass(frozen=True)
class Closed:
    """Steps with a closure: how often it was called, what step returned, the parameters."""

    calls: int
    losses: list[float]
    params: list[list[Array]]


# --- optimizers ---------------------------------------------------------------------------------


def play(cls: Any, episode: Episode) -> list[list[Array]]:
    """The parameters after each step."""
    params = [parameter_of(a, episode.strided) for a in episode.params]
    optimizer = _built(cls, episode, params)
    return _run(optimizer, episode, params, episode.steps)


def resumed(cls: Any, episode: Episode, cut: int) -> Resumed:
    """Plays all steps; and again from step `cut` on, by a new optimizer with the saved state.

    The new one starts with other settings, which the saved ones must replace.
    """
    import torch

    params = [parameter_of(a, episode.strided) for a in episode.params]
    optimizer = _built(cls, episode, params)
    whole = _run(optimizer, episode, params, episode.steps[:cut])
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    others = [parameter_of(a, episode.strided) for a in (whole[-1] if whole else episode.params)]
    whole += _run(optimizer, episode, params, episode.steps[cut:])
    plain = Episode(episode.kind, {"lr": 123.0}, [Group(g.params) for g in episode.groups], [], [])
    fresh = _built(cls, plain, others)
    file.seek(0)
    try:
        saved = torch.load(file, weights_only=True)
    except Exception as error:
        raise BadAnswer(
            "what state_dict() returned cannot be loaded again: it may hold dicts, lists, tuples, "
            "numbers and tensors alone ({error})",
            error=type(error).__name__,
        ) from None
    fresh.load_state_dict(saved)
    return Resumed(whole, _run(fresh, episode, others, episode.steps[cut:]))


def saved(cls: Any, episode: Episode) -> Saved:
    """The state_dict after all steps."""
    params = [parameter_of(a, episode.strided) for a in episode.params]
    optimizer = _built(cls, episode, params)
    _run(optimizer, episode, params, episode.steps)
    given = optimizer.state_dict()
    if not isinstance(given, dict) or not {"state", "param_groups"} <= given.keys():
        raise BadAnswer('state_dict() must return {"state": …, "param_groups": …}')
    state, groups = given["state"], given["param_groups"]
    if not isinstance(state, dict) or not all(type(key) is int for key in state):
        raise BadAnswer('state_dict()["state"] must be a dict whose keys are numbers of parameters')
    found = [
        _group(group, f'state_dict()["param_groups"][{n}]', lambda i: i)
        for n, group in enumerate(groups)
    ]
    if not all(type(i) is int for group in found for i in group.params):
        raise BadAnswer('the "params" in state_dict() must be numbers of parameters')
    return Saved(sorted(state), found)


def grouped(cls: Any, episode: Episode, generator: bool) -> list[Group]:
    """The groups of a new optimizer: whose parameters (by their place), and the settings."""
    params = [parameter_of(a, episode.strided) for a in episode.params]
    optimizer = _built(cls, episode, params, generator)
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list):
        raise BadAnswer("param_groups must be a list of dicts")
    return [
        _group(group, f"param_groups[{n}]", lambda p: _place(p, params))
        for n, group in enumerate(groups)
    ]


def _group(group: Any, what: str, number: Callable[[Any], int]) -> Group:
    """A group that the learner made: the numbers of its parameters, and its learning rate."""
    held = _entry(group, "params", what)
    if not isinstance(held, list):
        raise BadAnswer(
            'the "params" of {what} are a {kind}, not a list', what=what, kind=type(held).__name__
        )
    rate = scalar_of(_entry(group, "lr", what), "lr")
    return Group([number(p) for p in held], {"lr": rate})


def _entry(group: Any, key: str, what: str) -> Any:
    if not isinstance(group, dict):
        raise BadAnswer("{what} is a {kind}, expected a dict", what=what, kind=type(group).__name__)
    if key not in group:
        raise BadAnswer('{what} has no "{key}"', what=what, key=key)
    return group[key]


def _place(p: Any, params: list[torch.Tensor]) -> int:
    for i, q in enumerate(params):
        if p is q:
            return i
    raise BadAnswer("a group holds something that is not one of the parameters it was given")


def closed(cls: Any, episode: Episode, targets: list[Array], count: int, off: bool) -> Closed:
    """`count` steps with a closure, on a model whose last parameter is used twice.

    The loss is Σ (p − target)² over all parameters, plus Σ p² of the last one. `off`: step is
    called where gradients are disabled.
    """
    import torch

    params = [parameter_of(a, episode.strided) for a in episode.params]
    aims = [tensor(a) for a in targets]
    optimizer = _built(cls, episode, params)
    calls: list[float] = []

    def closure() -> torch.Tensor:
        if not torch.is_grad_enabled():
            raise BadAnswer("the closure was called with gradients disabled")
        optimizer.zero_grad()
        loss = sum(((p - a) ** 2).sum() for p, a in zip(params, aims, strict=True))
        loss = loss + (params[-1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        calls.append(float(loss.detach()))
        return loss

    losses, after = [], []
    for _ in range(count):
        with torch.no_grad() if off else nullcontext():
            loss = optimizer.step(closure)
        losses.append(scalar_of(loss, "step(closure)"))
        after.append([array(p, f"p{i}").copy() for i, p in enumerate(params)])
    return Closed(len(calls), losses, after)


def zeroed(cls: Any, episode: Episode, missing: list[bool], mode: str) -> list[Array | None]:
    """Each gradient after zero_grad, called as `mode` says: "default", "none" or "zeros"."""
    params = [parameter_of(a, episode.strided) for a in episode.params]
    optimizer = _built(cls, episode, params)
    for p, a, none in zip(params, episode.params, missing, strict=True):
        p.grad = None if none else parameter_of(a + 1, False).detach()
    if mode == "default":
        optimizer.zero_grad()
    else:
        optimizer.zero_grad(set_to_none=mode == "none")
    return [None if p.grad is None else array(p.grad, f"p{i}.grad") for i, p in enumerate(params)]


def refused(cls: Any, kind: str, what: str) -> str:
    """The name of the exception for an optimizer that cannot be; empty where there was none."""
    import torch

    p, q = (torch.zeros(2, requires_grad=True) for _ in range(2))
    cls, settings = _class(cls, kind), _call({"lr": 0.1}, kind)
    tries: dict[str, Callable[[], Any]] = {
        "a single tensor": lambda: cls(p, **settings),
        "no parameter": lambda: cls([], **settings),
        "one parameter in two groups": lambda: cls(
            [{"params": [p, q]}, {"params": [p]}], **settings
        ),
        "the state of other groups": lambda: cls([p], **settings).load_state_dict(
            cls([p, q], **settings).state_dict()
        ),
        "a vector": lambda: cls([torch.zeros(2, 2, requires_grad=True), p], **settings),
    }
    return exception_of(tries[what])


def _class(cls: Any, kind: str) -> Any:
    """The learner's class; of the base class, a subclass that counts a parameter's steps."""
    if kind != "base":
        return cls

    class Counting(cls):  # type: ignore[misc]
        def update(self, p: Any, group: Any, state: Any) -> None:
            state["count"] = state.get("count", 0) + 1
            p.sub_(group["lr"] * state["count"] * p.grad)

    return Counting


def _call(settings: Settings, kind: str) -> dict[str, Any]:
    """Settings as keyword arguments: betas are a tuple; a base class takes them as defaults."""
    ready = settings_of(settings)
    return {"defaults": ready} if kind == "base" else ready


def settings_of(settings: Settings) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}


def _built(cls: Any, episode: Episode, params: list[torch.Tensor], generator: bool = False) -> Any:
    """The optimizer: of a plain iterable where there is one group without settings of its own."""
    groups = [
        {"params": some_of([params[i] for i in g.params], generator), **settings_of(g.settings)}
        for g in episode.groups
    ]
    alone = len(groups) == 1 and len(groups[0]) == 1
    given = groups[0]["params"] if alone else some_of(groups, generator)
    return _class(cls, episode.kind)(given, **_call(episode.settings, episode.kind))


def scalar_of(value: Any, what: str) -> float:
    """A number, or a tensor of just one."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = array(value, what)
    if found.shape != ():
        raise BadAnswer(
            "{what} has shape {shape}, expected a single number", what=what, shape=found.shape
        )
    return float(found)


def some_of(items: list[Any], generator: bool) -> Any:
    return (item for item in items) if generator else items


def parameter_of(a: Array, strided: bool) -> torch.Tensor:
    """A fresh parameter with these values; `strided`: in memory that has another order, or gaps."""
    import torch

    if not strided:
        return tensor(a, True)
    if a.ndim > 1:
        return tensor(a.transpose()).permute(*reversed(range(a.ndim))).requires_grad_()
    return torch.stack([tensor(a)] * 2, dim=-1)[..., 0].requires_grad_()


def _run(
    optimizer: Any, episode: Episode, params: list[torch.Tensor], steps: list[Step]
) -> list[list[Array]]:
    """The parameters after each of these steps, as seen through views that were made before."""
    views = [p.detach() for p in params]
    after = []
    for step in steps:
        for number, settings in step.changed.items():
            optimizer.param_groups[int(number)].update(settings_of(settings))
        for p, g in zip(params, step.grads, strict=True):
            _give(p, g, episode.reused)
        grads = {f"p{i}.grad": p.grad for i, p in enumerate(params) if p.grad is not None}
        with unchanged(**grads):
            optimizer.step()
        for i, (p, view) in enumerate(zip(params, views, strict=True)):
            if p.grad is not grads.get(f"p{i}.grad"):
                raise BadAnswer("step() replaced p{i}.grad; that is for zero_grad to do", i=i)
            _in_place(p, view, f"p{i}")
        after.append([array(v, f"p{i}").copy() for i, v in enumerate(views)])
    return after


def _give(p: torch.Tensor, gradient: Array | None, reused: bool) -> None:
    if gradient is None:
        p.grad = None
    elif reused and p.grad is not None:
        p.grad.copy_(tensor(gradient))
    else:
        p.grad = tensor(gradient)


def _in_place(p: torch.Tensor, view: torch.Tensor, name: str) -> None:
    """BadAnswer unless the parameter is still where its view sees it, and a leaf."""
    if not p.requires_grad or p.grad_fn is not None:
        raise BadAnswer(
            "after step(), {name} is no longer a leaf that requires its gradient", name=name
        )
    if p.data_ptr() != view.data_ptr() or p.shape != view.shape:
        raise BadAnswer(
            "step() gave {name} new memory; change it in place, since others may share it",
            name=name,
        )
