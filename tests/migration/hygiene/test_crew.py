"""Processes of a crew say what they found, arrays and all; one that ends too early is noticed."""

import os

import numpy as np
import pytest

from migration.hygiene.crew import Crew, can_fork

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
