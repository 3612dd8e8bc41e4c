"""Transposed convolution over images."""

from __future__ import annotations

from kc.library.fields import Pair, PairFromZero
from kc.library.transposed_convolution import TransposedConvolution


class Conv2DTranspose(
    TransposedConvolution[Pair],
    kind="conv2d_transpose",
    aka=("convolution2d_transpose", "deconvolution2d", "deconv2d"),
):
    """Each cell of an image adds a kernel, scaled by its value, to a larger output.

    It is the gradient of ``conv2d`` with respect to its input, also called deconvolution.

    Shapes: (height, width, channels) -> (height', width', filters).
    With stride s and a kernel of size k, dilation included, a size n becomes, by ``padding`` and
    ``output_padding`` p: ``valid`` n s + max(k - s, 0), or (n - 1) s + k + p; ``same`` n s, or
    (n - 1) s + k % 2 + p.

    Source: ``keras/src/layers/convolutional/base_conv_transpose.py``.

    Example:
        - conv2d_transpose: {filters: 8, kernel_size: 3, strides: 2, padding: same}
    """

    strides: Pair = (1, 1)
    output_padding: PairFromZero | None = None
    dilation_rate: Pair = (1, 1)
