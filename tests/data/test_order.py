import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kc.runtime.data.order import epoch_order, permutation, steps_per_epoch


@given(st.integers(1, 300), st.integers(1, 64), st.integers(0, 2**32 - 1), st.integers(0, 10**6))
def test_an_epoch_sees_every_example_once(examples, batch_size, seed, epoch):
    order = epoch_order(examples, batch_size, seed, epoch, shuffle=True)
    assert order.dtype == np.int32
    assert len(order) == steps_per_epoch(examples, batch_size) * batch_size
    assert sorted(order[:examples]) == list(range(examples))
    assert not order[examples:].any()


def test_without_shuffle_the_order_is_that_of_the_data():
    assert epoch_order(5, 3, 0, 1, shuffle=False).tolist() == [0, 1, 2, 3, 4, 0]


def test_epochs_and_seeds_have_orders_of_their_own():
    drawn = {
        tuple(epoch_order(30, 10, seed, epoch, shuffle=True))
        for seed in range(3)
        for epoch in range(3)
    }
    assert len(drawn) == 9


def test_an_order_depends_on_no_order_before_it():
    later = epoch_order(30, 10, 4, 7, shuffle=True)
    for epoch in range(7):
        epoch_order(30, 10, 4, epoch, shuffle=True)
    np.testing.assert_array_equal(later, epoch_order(30, 10, 4, 7, shuffle=True))


def test_the_batch_size_does_not_change_the_order():
    small, large = (epoch_order(20, size, 1, 1, shuffle=True)[:20] for size in (3, 20))
    np.testing.assert_array_equal(small, large)


def test_the_order_is_pinned():
    """Runs are resumed across versions of kc and NumPy: this order may never change."""
    assert permutation(10, 1, 2).tolist() == [4, 2, 0, 6, 1, 5, 9, 8, 7, 3]


def test_positions_are_uniform():
    counts = np.zeros((8, 8))
    for epoch in range(2000):
        counts[np.arange(8), permutation(8, 0, epoch)] += 1
    # Chi-square with 49 degrees of freedom: above 100 has a probability below 1e-4.
    assert ((counts - 250) ** 2 / 250).sum() < 100
