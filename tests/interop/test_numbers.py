"""Weights in other formats of numbers, and in the files of older versions of Keras."""

from __future__ import annotations

import h5py
import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save

import kc
from kc.cli.main import run

SPEC = """kc: 1
model: {inputs: {x: [2]}, layers: [{dense: 3}]}
"""
KERNEL, BIAS = np.arange(6.0).reshape(2, 3) / 4, np.array([0.5, -2.0, 8.0])
BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def assert_read(path, tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC)
    made = tmp_path / "made.h5"
    assert run(["import", str(path), "--spec", str(spec), "-o", str(made)]) == 0
    weights = kc.load(made).weights["dense"]
    np.testing.assert_array_equal(weights["kernel"], KERNEL)
    np.testing.assert_array_equal(weights["bias"], BIAS)


@pytest.mark.parametrize("type", ["<f4", ">f4", "<f8", ">f8", "<f2", ">f2", BFLOAT16], ids=str)
def test_any_floats_are_read(type, tmp_path):
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        for index, array in enumerate((KERNEL, BIAS)):
            name = f"layers/dense/vars/{index}"
            file.create_dataset(name, data=array.astype(type))
            if type is BFLOAT16:
                file[name].attrs["dtype"] = "bfloat16"  # as Keras says it
    assert_read(path, tmp_path)


@pytest.mark.parametrize("type", ["<f4", "<f8", "<f2", BFLOAT16], ids=str)
def test_any_floats_of_safetensors_are_read(type, tmp_path):
    path = tmp_path / "m.safetensors"
    arrays = {"params/dense/kernel": KERNEL, "params/dense/bias": BIAS}
    path.write_bytes(save({name: array.astype(type) for name, array in arrays.items()}))
    assert_read(path, tmp_path)


def test_weights_of_keras_2_are_read_in_the_order_of_layers(tmp_path):
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"input_1", b"first"]
        file.attrs["backend"] = b"tensorflow"
        file.create_group("input_1").attrs["weight_names"] = np.array([], "S1")
        group = file.create_group("first")
        group.attrs["weight_names"] = [b"first/kernel:0", b"first/bias:0"]
        group["first/kernel:0"], group["first/bias:0"] = KERNEL, BIAS
    assert_read(path, tmp_path)


def test_a_configuration_of_keras_2_is_read(tmp_path):
    """As Keras 2.3 wrote it: no modules, calls as lists, an axis as a list."""
    config = """{"class_name": "Model", "backend": "tensorflow", "keras_version": "2.3.1",
    "config": {"name": "old", "layers": [
     {"name": "input_1", "class_name": "InputLayer", "inbound_nodes": [],
      "config": {"batch_input_shape": [null, 4], "dtype": "float32", "sparse": false,
                 "name": "input_1"}},
     {"name": "dense", "class_name": "Dense", "inbound_nodes": [[["input_1", 0, 0, {}]]],
      "config": {"name": "dense", "trainable": true, "dtype": "float32", "units": 4,
       "activation": "linear", "use_bias": true, "bias_constraint": null,
       "kernel_initializer": {"class_name": "VarianceScaling", "config":
        {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": null}},
       "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": null,
       "bias_regularizer": null, "activity_regularizer": null, "kernel_constraint": null}},
     {"name": "norm", "class_name": "BatchNormalization", "inbound_nodes": [[["dense", 0, 0, {}]]],
      "config": {"name": "norm", "trainable": true, "dtype": "float32", "axis": [1]}},
     {"name": "add", "class_name": "Add", "config": {"name": "add", "trainable": true},
      "inbound_nodes": [[["norm", 0, 0, {}], ["input_1", 0, 0, {}]]]}],
    "input_layers": [["input_1", 0, 0]], "output_layers": [["add", 0, 0]]}}"""
    (tmp_path / "m.json").write_text(config)
    assert run(["import", str(tmp_path / "m.json"), "-o", str(tmp_path / "spec.yaml")]) == 0
    text = (tmp_path / "spec.yaml").read_text()
    assert "batch_normalization" in text
    assert kc.load(tmp_path / "spec.yaml").predict(np.ones((2, 4), "float32")).shape == (2, 4)
