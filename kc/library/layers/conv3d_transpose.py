"""Transposed convolution over volumes."""

from __future__ import annotations

from kc.library.fields import Triple, TripleFromZero
from kc.library.transposed_convolution import TransposedConvolution


class Conv3DTranspose(
    TransposedConvolution[Triple],
    kind="conv3d_transpose",
    aka=("convolution3d_transpose", "deconvolution3d", "deconv3d"),
):
    """Each cell of a volume adds a kernel, scaled by its value, to a larger output.

    It is the gradient of ``conv3d`` with respect to its input, also called deconvolution.

    Shapes: (depth, height, width, channels) -> (depth', height', width', filters).
    With stride s and a kernel of size k, dilation included, a size n becomes, by ``padding`` and
    ``output_padding`` p: ``valid`` n s + max(k - s, 0), or (n - 1) s + k + p; ``same`` n s, or
    (n - 1) s + k % 2 + p.

    Source: ``keras/src/layers/convolutional/base_conv_transpose.py``.

    Example:
        - conv3d_transpose: {filters: 8, kernel_size: 3, strides: 2, padding: same}
    """

    strides: Triple = (1, 1, 1)
    output_padding: TripleFromZero | None = None
    dilation_rate: Triple = (1, 1, 1)
