"""What must hold of checkpoints: saved here, loaded there, and a run goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import LOADING, SAVING, driver, oracle
from grader.lessons.lesson5_gpt.strategies.loop import Stop, stops

# All of it is in float64, and a few steps of AdamW on numbers of about 1 are off by 1e-14; a state
# that was cut to float32 by 6e-8.
SAME = 1e-9
ALL = "A run is its model (buffers too), what its optimizer remembers, and its step."


@property_check(SAVING, points=2, case=stops(), examples=15, hint=ALL)
def all_of_it_is_saved(remote: Remote, case: Stop) -> None:
    """The file holds the model, the optimizer's state and the step"""
    here = case.moment
    others = {
        "the step": (here, case.step + 1),
        "the model's parameters": (replace(here, table=here.table + 1), case.step),
        "the model's buffers": (replace(here, count=here.count + 1), case.step),
        "what the optimizer remembers": (
            replace(here, past=[*here.past[:-1], here.past[-1] + 1]),
            case.step,
        ),
    }
    file = remote(driver.keep, here, case.step, [], True).file
    if not file:
        fail("nothing was written to the file")
    for what, (moment, step) in others.items():
        if remote(driver.keep, moment, step, [], True).file == file:
            fail(f"two runs that differ only in {what} gave the same file")


SAVED = ["saving.all_of_it_is_saved"]


@property_check(
    SAVING,
    points=1,
    case=st.tuples(stops(), st.booleans()),
    examples=15,
    hint="Saving only reads.",
    needs=SAVED,  # what does nothing disturbs nothing
)
def saving_disturbs_nothing(remote: Remote, case: tuple[Stop, bool]) -> None:
    """The run goes on after it as if nothing had been saved"""
    c, mode = case
    got = remote(driver.keep, c.moment, c.step, c.gradients, mode)
    if got.training_after is not mode:
        fail("save_checkpoint changed the mode of the model")
    expected = oracle.descend(c.moment, c.gradients)
    close(got.table, expected, rtol=SAME, atol=SAME, what="the weights, some steps later")


@property_check(
    LOADING,
    points=3,
    case=stops(),
    examples=20,
    hint="Into the model and the optimizer that are given, by load_state_dict. " + ALL,
    needs=SAVED,
)
def the_run_goes_on(remote: Remote, case: Stop) -> None:
    """A new model and optimizer go on as the saved ones would have"""
    file = remote.of(SAVING)(driver.keep, case.moment, case.step, [], True).file
    got = remote(driver.restore, file, case.other, case.gradients)
    if got.count != case.moment.count:
        fail(
            "a buffer of the model did not come back", expected=case.moment.count, actual=got.count
        )
    at_once = remote(driver.restore, file, case.other, []).table
    close(at_once, case.moment.table, rtol=SAME, atol=SAME, what="the weights, just loaded")
    expected = oracle.descend(case.moment, case.gradients)
    close(got.table, expected, rtol=SAME, atol=SAME, what="the weights, some steps later")


@property_check(
    LOADING, points=1, case=stops(), examples=10, hint="Save it, and return it.", needs=SAVED
)
def the_step_comes_back(remote: Remote, case: Stop) -> None:
    """load_checkpoint returns the step that was saved"""
    file = remote.of(SAVING)(driver.keep, case.moment, case.step, [], True).file
    got = remote(driver.restore, file, case.other, []).step
    if got != case.step:
        fail("another step came back", expected=case.step, actual=got)


@property_check(
    LOADING,
    points=1,
    case=st.tuples(stops(), st.booleans()),
    examples=8,
    hint="load_state_dict is strict unless it is told otherwise.",
    needs=["loading.the_run_goes_on"],
)
def another_model_is_refused(remote: Remote, case: tuple[Stop, bool]) -> None:
    """A checkpoint of another model is an error"""
    c, extra = case
    file = remote.of(SAVING)(driver.keep, c.moment, c.step, [], True).file
    table = c.other.table if extra else np.zeros((c.V + 1, c.V + 1))
    if not remote(driver.misfit, file, replace(c.other, table=table, past=[]), extra):
        what = "one more parameter than" if extra else "a larger table than"
        fail(f"the model has {what} the checkpoint, and there was no error")


@property_check(
    LOADING,
    points=1,
    case=st.tuples(stops(), st.booleans()),
    examples=4,
    hint="torch.load(file, weights_only=True); pickle.load has no such option.",
    needs=["loading.the_run_goes_on"],
)
def a_file_runs_no_code(remote: Remote, case: tuple[Stop, bool]) -> None:
    """Code in a file is not run"""
    c, zipped = case
    if remote(driver.trap, c.moment, zipped):
        fail("the file named a function to be called, and loading it called the function")
