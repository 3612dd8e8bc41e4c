"""Attention layers of Keras as layers that take a list of inputs."""

from __future__ import annotations

from typing import Any

import keras


class Listed(keras.layers.Layer):
    """A layer that is called with several arrays, and with arguments of its call."""

    def __init__(self, layer: keras.layers.Layer, takes_list: bool = False, **arguments: Any):
        super().__init__()
        self.layer = layer
        self.takes_list = takes_list
        self.arguments = arguments

    def build(self, shapes: Any) -> None:
        several = shapes if isinstance(shapes, list) else [shapes, shapes]
        if self.takes_list:
            self.layer.build(several)
        else:
            self.layer.build(*several)
        self.built = True

    def call(self, xs: Any, training: bool = False) -> Any:
        several = xs if isinstance(xs, list) else [xs, xs]
        inputs = [several] if self.takes_list else several
        return self.layer(*inputs, training=training, **self.arguments)
