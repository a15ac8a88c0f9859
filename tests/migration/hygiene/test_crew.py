"""Processes of a crew say what they found, arrays and all; one that ends too early is noticed."""

import multiprocessing
import os

import numpy as np
import pytest

from migration.hygiene.crew import Crew, can_fork
from migration.hygiene.forked import forked

pytestmark = pytest.mark.skipif(not can_fork(), reason="processes cannot fork here")


def test_arrays_and_words_come_over_as_they_were():
    numbers = np.arange(300_000)  # more than a pipe holds

    def work(line, number):
        asked = line.take()
        line.give((asked * number, numbers[::2], ["a", None], np.array([b"x", b""])))

    with Crew(3, work) as crew:
        for line in crew.lines:
            line.give(numbers)
        found = [line.take() for line in crew.lines]

    for number, (product, strided, words, texts) in enumerate(found):
        assert (product == numbers * number).all()
        assert (strided == numbers[::2]).all()
        assert (words, texts.tolist()) == (["a", None], [b"x", b""])
        product[0] = 1  # what came over may be written to


def test_a_process_that_ends_too_early_is_noticed():
    def work(line, number):
        os._exit(3)

    with Crew(1, work) as crew, pytest.raises(EOFError):
        crew.lines[0].take()


def test_nobody_waits_for_a_crew_that_is_no_longer_wanted():
    def work(line, number):
        line.give(np.zeros(3_000_000))
        line.take()

    with Crew(2, work) as crew:
        crew.lines[0].take()

    assert not any(child.is_alive() for child in crew.children)


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_work_is_shared_in_any_process_and_comes_back_in_order(processes, monkeypatch):
    # as a worker's own parent marks it; to those the standard library refuses children
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    numbers = np.arange(9)

    found = forked(processes)(lambda at: (at, int(numbers[at]) ** 2), range(9))

    assert found == [(at, at**2) for at in range(9)]


def test_work_that_breaks_off_elsewhere_is_said(capfd):
    here = os.getpid()

    def divide(by):
        return 1 if os.getpid() == here else 1 // by

    with pytest.raises(OSError, match="has ended"):
        forked(2)(divide, [1, 0])

    assert "ZeroDivisionError" in capfd.readouterr().err
