"""What holds for the rows of every source."""

import pickle

import numpy as np


def check_laws(source, folder):
    """Reading by number is taking from all, in any order and from a copy; and so are targets."""
    whole, rows = source.load(folder), source.open(folder)
    assert len(rows) == len(whole)
    assert rows.nbytes > 0
    numbers = np.random.default_rng(0).integers(0, len(rows), 2 * len(rows) + 1)
    for found in (rows, pickle.loads(pickle.dumps(rows))):
        same(found.read(numbers), whole.take(numbers))
        same(found.read(numbers[:0]), whole.take(numbers[:0]))
        assert found.targets().keys() == whole.targets.keys()
        for name, target in found.targets().items():
            np.testing.assert_array_equal(target, whole.targets[name])


def same(found, expected):
    assert found.classes == expected.classes
    for one, other in ((found.inputs, expected.inputs), (found.targets, expected.targets)):
        assert one.keys() == other.keys()
        for name, array in one.items():
            assert array.dtype == other[name].dtype
            np.testing.assert_array_equal(array, other[name])
