"""Jobs in processes: each recorded once, whatever becomes of the processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any

import pytest

from grader.classroom import runner, work
from grader.classroom.records import Outcome, Task
from grader.classroom.runner import Crew, Job, Runner
from tests.grader.classroom.test_work import TASK


def job(number: int) -> Job:
    return Job((number,), TASK.lesson, "anna", lambda: replace(TASK, key=str(number)))


class Stand(Executor):
    """An executor that answers at once; with an error, for tasks of these keys."""

    def __init__(self, errors: dict[str, Exception] | None = None) -> None:
        self.errors = errors or {}

    def submit(self, _: Any, /, *args: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        task: Task = args[0]
        if task.key in self.errors:
            future.set_exception(self.errors[task.key])
        else:
            future.set_result(work.failed(task, "stand-in"))
        return future


def outcomes(crew: Crew, jobs: list[Job]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}

    def record(job: Job, outcome: Outcome) -> None:
        assert job.submissions[0] not in found
        found[job.submissions[0]] = outcome

    Runner(crew, record).run(jobs)
    return found


def test_every_job_is_recorded_once() -> None:
    found = outcomes(Crew(Stand(), lambda: 3), [job(i) for i in range(50)])
    assert sorted(found) == list(range(50))


def test_files_are_read_when_their_turn_comes() -> None:
    made: list[int] = []
    recorded: list[int] = []

    def task(number: int) -> Task:
        made.append(number)
        assert len(made) - len(recorded) <= 2 * runner.AHEAD
        return TASK

    jobs = [Job((i,), "lesson1", "anna", lambda i=i: task(i)) for i in range(30)]  # type: ignore[misc]
    Runner(Crew(Stand(), lambda: 2), lambda job, _: recorded.append(*job.submissions)).run(jobs)
    assert sorted(recorded) == list(range(30))


def test_an_error_of_the_executor_is_the_fault_of_one_job() -> None:
    found = outcomes(
        Crew(Stand({"2": RuntimeError("worker lost")}), lambda: 1), [job(i) for i in range(4)]
    )
    assert [i for i in found if found[i].fault == "worker lost"] == [2]


def test_another_version_of_the_grader_gives_no_grade() -> None:
    class Other(Stand):
        def submit(self, _: Any, /, *args: Any, **__: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(replace(work.failed(args[0], ""), grader="0.0.1+other"))
            return future

    found = outcomes(Crew(Other(), lambda: 1), [job(0)])
    assert "install the same" in found[0].fault


def test_who_ends_processes_again_and_again_is_given_up_and_alone() -> None:
    crews = []

    def renewed() -> Crew:
        crews.append(Crew(Stand({"1": BrokenProcessPool("ended")}), lambda: 2, renewed=renewed))
        return crews[-1]

    found = outcomes(renewed(), [job(i) for i in range(8)])
    assert [i for i in sorted(found) if found[i].fault != "stand-in"] == [1]
    assert "ended 3 times" in found[1].fault
    assert len(crews) == 1 + runner.LIVES + 1


def test_without_another_crew_a_broken_one_is_the_end() -> None:
    with pytest.raises(BrokenProcessPool):
        outcomes(Crew(Stand({"0": BrokenProcessPool("ended")}), lambda: 1), [job(0)])


@pytest.mark.slow
def test_a_process_that_is_killed_costs_no_grade() -> None:
    found: dict[int, Outcome] = {}

    def record(job: Job, outcome: Outcome) -> None:
        found[job.submissions[0]] = outcome
        if len(found) == 1:
            os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    with runner.here(2) as crew:
        Runner(crew, record).run([job(i) for i in range(5)])
    assert [(found[i].fault, found[i].earned == found[i].points > 0) for i in range(5)] == [
        ("", True)
    ] * 5
