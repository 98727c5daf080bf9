"""Every attack, on every lesson and under every tier that claims to stop it, beside honest work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.conftest import tier_named
from tests.security.gauntlet import LESSONS, Attack, Batch, attacks, batch, verdict
from zth.host.sandbox import TIERS
from zth.records import Verdict
from zth.render import renderer

# They look for what is left by its name, so no two are played at a time.
pytestmark = pytest.mark.xdist_group("attacks")

ATTACKS = attacks()
# What a plain process does not stop, and can be tried there without harm.
HARMLESS = (
    "borrows_the_solution", "reads_the_checks", "reads_another_submission", "calls_home",
    "hidden_memory", "rewrites_itself",
)  # fmt: skip

# What `make test` tries, one of each kind; all others are slow together.
QUICK = (
    "borrows_the_solution", "bytecode_for_source", "changes_its_inputs", "exit_in_a_call",
    "fills_the_disk", "forged_frames", "frame_unasked", "links_to_endless_files", "lying_equality",
    "namespaces", "pipes_beside_it", "reaches_into_its_parent", "reads_the_checks",
    "replaces_the_driver", "runs_programs", "stays_behind", "time_bomb", "unkillable",
)  # fmt: skip


def case(lesson: str, tier: str, attack: Attack) -> object:
    """Quick are some, on the lesson that needs no torch, under the tier that needs no program."""
    quick = (lesson, tier) == ("lesson1", "landlock") and attack.name in QUICK
    marks = () if quick else pytest.mark.slow
    return pytest.param((lesson, tier), attack, id=f"{tier}-{lesson}-{attack.name}", marks=marks)


CASES = [
    case(lesson, tier.name, attack)
    for tier in TIERS
    for lesson in LESSONS
    for attack in ATTACKS
    if attack.on(lesson, tier)
]


@pytest.fixture(scope="module")
def there(request: pytest.FixtureRequest) -> Iterator[Batch]:
    """A batch, whose honest work is graded before the attacks and after them."""
    lesson, tier = request.param
    with batch(lesson, tier_named(tier)) as made:
        before = made.honest()
        assert before.earned == before.points > 0
        yield made
        assert made.honest() == before
        mistaken = made.mistaken()
        assert mistaken.earned < mistaken.points


@pytest.mark.parametrize(("there", "attack"), CASES, indirect=["there"])
def test_an_attack_earns_nothing_and_harms_nothing(there: Batch, attack: Attack) -> None:
    assert verdict(attack, there.attacked(attack)) == "stopped"


@pytest.mark.parametrize("there", [("lesson1", "process")], indirect=True)
@pytest.mark.parametrize("name", HARMLESS)
def test_the_attacks_are_real(there: Batch, name: str) -> None:
    """Where nothing stops them, they get what they go for; else no test above would mean much."""
    [attack] = [attack for attack in ATTACKS if attack.name == name]
    outcome = there.attacked(attack)
    assert outcome.earned or outcome.wrong


def test_every_attack_says_in_a_sentence_what_it_tries() -> None:
    titles = [attack.title for attack in ATTACKS]
    assert len(ATTACKS) >= 80
    assert len(set(titles)) == len(titles)
    assert all(title.endswith(".") and "\n" not in title for title in titles)
    assert set(QUICK) | set(HARMLESS) <= {attack.name for attack in ATTACKS}


def test_what_an_attack_writes_never_reaches_the_terminal() -> None:
    [attack] = [attack for attack in ATTACKS if attack.name == "writes_to_the_terminal"]
    with batch("lesson1", tier_named("process")) as made:
        report = made.report(attack)
    assert any(result.verdict is Verdict.CRASHED for result in report.lessons[0].results)
    for format in ("terminal", "json"):
        text = renderer(format)(report)
        assert not set(text) & {"\x1b", "\x07", "\u202e"}, format
