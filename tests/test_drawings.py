"""The drawings from lesson 3 on: curves are those of the formulas, and words can be read."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import torch

from solutions.lesson4_optimizer.muon import QUINTIC
from solutions.lesson4_optimizer.schedule import cosine_schedule

ASSETS = Path(__file__).parents[1] / "docs" / "assets"
DRAWINGS = sorted(p for n in ("[3-9]", "1[0-9]") for p in ASSETS.glob(f"lesson{n}_*.svg"))
POINT = re.compile(r"([-\d.]+),([-\d.]+)")
SVG = "{http://www.w3.org/2000/svg}"


def polylines(name: str) -> list[list[tuple[float, float]]]:
    """The points of each curve."""
    root = ET.parse(ASSETS / f"{name}.svg").getroot()
    return [
        [
            (float(x), float(y))
            for x, y in re.findall(r"([-\d.]+),([-\d.]+)", line.get("points", ""))
        ]
        for line in root.iter(f"{SVG}polyline")
    ]


@pytest.mark.parametrize("file", DRAWINGS, ids=lambda file: file.stem)
def test_words_can_be_read_on_a_phone_and_in_the_dark(file: Path) -> None:
    text = file.read_text("utf-8")
    root = ET.fromstring(text)
    _, _, width, _ = map(float, root.get("viewBox", "").split())
    assert 11 <= float(root.get("font-size", "0")) * 358 / width  # 390 pixels, without the margins
    assert root.find(f"{SVG}title") is not None
    assert root.get("fill") == "currentColor"
    assert not re.search(r'"(?:#000|black|#fff|white)\w*"|<style| id=', text)


def test_the_valley_shows_forty_steps_of_each() -> None:
    for points, (lr, momentum) in zip(
        polylines("lesson4_valley"), [(1.0, 0.0), (1.9, 0.0), (1.0, 0.9)], strict=True
    ):
        w = torch.tensor([10.0, 1.0], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=lr, momentum=momentum)
        (x0, y0), scale = points[0], 32
        for x, y in points:
            assert x - x0 == pytest.approx(scale * (w[0].item() - 10), abs=0.11)
            assert y0 - y == pytest.approx(scale * (w[1].item() - 1), abs=0.11)
            optimizer.zero_grad()
            (0.5 * (w[1] ** 2 + w[0] ** 2 / 100)).backward()
            optimizer.step()
        assert len(points) == 41


def test_the_schedule_is_that_of_the_reference() -> None:
    (points,) = polylines("lesson4_schedule")
    rates = [cosine_schedule(step, 100, 20, 1.0, 0.2) for step in range(len(points))]
    (_, bottom), (_, top) = points[-1], points[20]
    for (_, y), rate in zip(points, rates, strict=True):
        assert (bottom - y) / (bottom - top) == pytest.approx((rate - 0.2) / 0.8, abs=0.002)


def test_the_singular_values_are_those_of_five_steps() -> None:
    (points,) = polylines("lesson4_muon")
    s = torch.linspace(0, 1, len(points), dtype=torch.float64)
    a, b, c = QUINTIC
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    origin = points[0][1]
    drawn = torch.tensor([origin - y for _, y in points]) * 1.2 / 156
    assert torch.allclose(drawn.double(), s, atol=0.002)


def test_the_slope_of_tanh_is_what_autograd_says() -> None:
    curve, slope = polylines("lesson8_tanh")
    x = torch.linspace(-4, 4, len(curve), dtype=torch.float64, requires_grad=True)
    t = x.tanh()
    t.sum().backward()
    (_, origin), scale = curve[len(curve) // 2], 80
    assert x.grad is not None
    for points, values in ((curve, t), (slope, x.grad)):
        drawn = torch.tensor([(origin - y) / scale for _, y in points], dtype=torch.float64)
        assert torch.allclose(drawn, values.detach(), atol=0.001)


def test_the_bars_are_the_gradient_of_cross_entropy() -> None:
    bars = [
        (float(r.get("y", "")), float(r.get("height", "")), r.get("stroke"))
        for r in ET.parse(ASSETS / "lesson9_logits.svg").getroot().iter(f"{SVG}rect")
    ]
    logits = torch.tensor([[2.0, 1.0, 0.5, -0.6, -1.5]], requires_grad=True)
    torch.nn.functional.cross_entropy(logits, torch.tensor([2])).backward()
    assert logits.grad is not None
    heights = [h if y + h in (150, 322) else -h for y, h, _ in bars]
    expected = torch.cat([logits.softmax(1)[0].detach(), logits.grad[0]])
    assert torch.allclose(torch.tensor(heights) / 150, expected, atol=0.001)


def test_what_the_line_leaves_is_the_gradient_of_batch_norm() -> None:
    root = ET.parse(ASSETS / "lesson9_batchnorm.svg").getroot()
    dots = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in root.iter(f"{SVG}circle")]
    at = torch.tensor(dots, dtype=torch.float64)
    x = ((at[:, 0] - 200) / 92)[:, None].requires_grad_()  # x̂, and by itself as good an input
    upstream = ((150 - at[:, 1]) / 78)[:, None]
    torch.nn.functional.batch_norm(x, None, None, training=True, eps=1e-9).backward(upstream)
    assert x.grad is not None
    orange = "var(--zth-orange, #c8701a)"
    left = [p.get("d", "") for p in root.iter(f"{SVG}path") if p.get("stroke") == orange]
    drawn = torch.tensor([(a - b) / 78 for a, b in (_ends(d) for d in left)], dtype=torch.float64)
    assert torch.allclose(drawn, x.grad[:, 0], atol=0.01)


def _ends(path: str) -> tuple[float, float]:
    """Where an upright line begins and ends, from `M x y V y`."""
    begin, _, end = path.partition("V")
    return float(begin.split()[1]), float(end)
