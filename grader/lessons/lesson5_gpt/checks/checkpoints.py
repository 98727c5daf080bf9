"""What must hold of checkpoints: saved here, loaded there, and a run goes on."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import LOADING, SAVING, driver, oracle
from grader.lessons.lesson5_gpt.hints import training as hints
from grader.lessons.lesson5_gpt.strategies.checkpoints import (
    Differences,
    Misfit,
    Stop,
    Trap,
    Undisturbed,
    stops,
)
from zth.language import tr

# All of it is in float64, and a few steps of AdamW on numbers of about 1 are off by 1e-14; a state
# that was cut to float32 by 6e-8.
SAME = 1e-9
ALL = "A run is its model (buffers too), what its optimizer remembers, and its step."


def _saved(remote: Remote, case: Stop) -> bytes:
    """The checkpoint that the learner's save_checkpoint makes of a run."""
    return remote.of(SAVING)(driver.keep, case.moment, case.step, [], True).file


@property_check(
    SAVING,
    points=2,
    case=stops().map(Differences),
    examples=15,
    hint=ALL,
    steps=hints.ALL_OF_IT_IS_SAVED,
)
def all_of_it_is_saved(remote: Remote, case: Differences) -> None:
    """The file holds the model, the optimizer's state and the step

    The next step of a run depends on three things, and the file must hold all of them. If two runs
    differ and their files do not, something was left out: whoever loads the file cannot know which
    of the two it was. (#checkpoints)
    """
    file = _saved(remote, case.stop)
    if not file:
        fail(tr("nothing was written to the file"))
    said = {
        "step": tr("two runs that differ only in the step gave the same file"),
        "parameters": tr("two runs that differ only in the model's parameters gave the same file"),
        "buffers": tr("two runs that differ only in the model's buffers gave the same file"),
        "optimizer": tr(
            "two runs that differ only in what the optimizer remembers gave the same file"
        ),
    }
    for what, (moment, step) in case.others.items():
        if remote(driver.keep, moment, step, [], True).file == file:
            fail(said[what])


SAVED = ["saving.all_of_it_is_saved"]


@property_check(
    SAVING,
    points=1,
    case=st.builds(Undisturbed, stops(), st.booleans()),
    examples=15,
    hint="Saving only reads.",
    steps=hints.SAVING_DISTURBS_NOTHING,
    needs=SAVED,  # what does nothing disturbs nothing
)
def saving_disturbs_nothing(remote: Remote, case: Undisturbed) -> None:
    """The run goes on after it as if nothing had been saved

    Checkpoints are written in the middle of a run. The tensors of a state_dict are those that the
    run works with; to change one while saving is to change the run, and nobody would look for the
    cause there. (#checkpoints)
    """
    c = case.stop
    got = remote(driver.keep, c.moment, c.step, c.gradients, case.training)
    if got.training_after is not case.training:
        fail(tr("save_checkpoint changed the mode of the model"))
    expected = oracle.descend(c.moment, c.gradients)
    close(got.table, expected, rtol=SAME, atol=SAME, what=tr("the weights, some steps later"))


@property_check(
    LOADING,
    points=3,
    case=stops(),
    examples=20,
    hint="Into the model and the optimizer that are given, by load_state_dict. " + ALL,
    steps=hints.THE_RUN_GOES_ON,
    needs=SAVED,
)
def the_run_goes_on(remote: Remote, case: Stop) -> None:
    """A new model and optimizer go on as the saved ones would have

    The model and the optimizer that are passed belong together: the optimizer holds on to the
    model's own parameters. So both are filled in place, and what they were before is gone, momentum
    and counts of steps included. From there on, the two runs are one. (#checkpoints)
    """
    file = _saved(remote, case)
    got = remote(driver.restore, file, case.other, case.gradients)
    if got.count != case.moment.count:
        message = tr("a buffer of the model did not come back")
        fail(message, expected=case.moment.count, actual=got.count)
    at_once = remote(driver.restore, file, case.other, []).table
    loaded = tr("the weights, just loaded")
    close(at_once, case.moment.table, rtol=SAME, atol=SAME, what=loaded)
    expected = oracle.descend(case.moment, case.gradients)
    close(got.table, expected, rtol=SAME, atol=SAME, what=tr("the weights, some steps later"))


@property_check(
    LOADING,
    points=1,
    case=stops(),
    examples=10,
    hint="Save it, and return it.",
    steps=hints.THE_STEP_COMES_BACK,
    needs=SAVED,
)
def the_step_comes_back(remote: Remote, case: Stop) -> None:
    """load_checkpoint returns the step that was saved

    The step decides the rate and the batches: train(…, start=step) goes on with the first step that
    has not been made. One too many, and a batch is left out; 0, and the schedule begins anew.
    (#checkpoints)
    """
    got = remote(driver.restore, _saved(remote, case), case.other, []).step
    if got != case.step:
        fail(tr("another step came back"), expected=case.step, actual=got)


@property_check(
    LOADING,
    points=1,
    case=st.builds(Misfit, stops(), st.booleans()),
    examples=8,
    hint="load_state_dict is strict unless it is told otherwise.",
    steps=hints.ANOTHER_MODEL_IS_REFUSED,
    needs=["loading.the_run_goes_on"],
)
def another_model_is_refused(remote: Remote, case: Misfit) -> None:
    """A checkpoint of another model is an error

    A file that fits half of a model is the file of another model. To load what fits would give one
    that is half trained and half random, and runs. (#checkpoints)
    """
    file = _saved(remote, case.stop)
    if remote(driver.misfit, file, case.other, case.extra):
        return
    if case.extra:
        message = tr("the model has one more parameter than the checkpoint, and there was no error")
        fail(message)
    fail(tr("the model has a larger table than the checkpoint, and there was no error"))


@property_check(
    LOADING,
    points=1,
    case=st.builds(Trap, stops(), st.booleans()),
    examples=4,
    hint="torch.load(file, weights_only=True); pickle.load has no such option.",
    steps=hints.A_FILE_RUNS_NO_CODE,
    needs=["loading.the_run_goes_on"],
)
def a_file_runs_no_code(remote: Remote, case: Trap) -> None:
    """Code in a file is not run

    A pickle is a small program for whoever reads it, and a checkpoint may come from somebody else.
    This file asks for a harmless function to be called; one that deletes your files looks no
    different. Read what you need, which is tensors, numbers and containers. (#pickle)
    """
    if remote(driver.trap, case.stop.moment, case.zipped):
        fail(tr("the file named a function to be called, and loading it called the function"))
