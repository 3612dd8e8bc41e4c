"""Transposed convolution over sequences."""

from __future__ import annotations

from kc.library.fields import Single, SingleFromZero
from kc.library.transposed_convolution import TransposedConvolution


class Conv1DTranspose(
    TransposedConvolution[Single],
    kind="conv1d_transpose",
    aka=("convolution1d_transpose", "deconvolution1d", "deconv1d"),
):
    """Each cell of a sequence adds a kernel, scaled by its value, to a larger output.

    It is the gradient of ``conv1d`` with respect to its input, also called deconvolution.

    Shapes: (steps, channels) -> (steps', filters).
    With stride s and a kernel of size k, dilation included, a size n becomes, by ``padding`` and
    ``output_padding`` p: ``valid`` n s + max(k - s, 0), or (n - 1) s + k + p; ``same`` n s, or
    (n - 1) s + k % 2 + p.

    Source: ``keras/src/layers/convolutional/base_conv_transpose.py``.

    Example:
        - conv1d_transpose: {filters: 8, kernel_size: 3, strides: 2, padding: same}
    """

    strides: Single = (1,)
    output_padding: SingleFromZero | None = None
    dilation_rate: Single = (1,)
