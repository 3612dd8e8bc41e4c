"""Dropout of whole channels of a volume."""

from __future__ import annotations

from kc.library.spatial_dropout import SpatialImageDropout


class SpatialDropout3D(SpatialImageDropout, kind="spatial_dropout3d"):
    """Sets random channels to zero while training, and scales the rest up (Tompson et al. 2015).

    A channel is dropped at all places of an example, since neighbours tell much the same. Outside
    of training the layer does nothing.

    Shapes: (depth, height, width, channels) -> the same, or channels first.

    Source: ``keras/src/layers/regularization/spatial_dropout.py``.

    Example:
        - spatial_dropout3d: 0.3
    """

    masking = "pass"

    spatial_axes = 3
