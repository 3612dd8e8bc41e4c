"""Dropout of whole channels of a sequence."""

from __future__ import annotations

from kc.library.spatial_dropout import SpatialDropout


class SpatialDropout1D(SpatialDropout, kind="spatial_dropout1d"):
    """Sets random channels to zero while training, and scales the rest up (Tompson et al. 2015).

    A channel is dropped at all places of an example, since neighbours tell much the same. Outside
    of training the layer does nothing.

    Shapes: (time, channels) -> the same.

    Source: ``keras/src/layers/regularization/spatial_dropout.py``.

    Example:
        - spatial_dropout1d: 0.3
    """

    masking = "pass"

    spatial_axes = 1
