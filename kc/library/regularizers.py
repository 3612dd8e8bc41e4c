"""Penalties on weights and on outputs, added to the loss.

They are sums: no half, no mean. The penalty of a weight counts once, however often its layer is
used; the penalty of an output counts once per call of the layer and is divided by the examples of
the batch. Keras on JAX means the same and says so in ``model.losses``, but its training step keeps
only the last call of a shared layer.

Source: ``keras/src/regularizers/regularizers.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import model_validator

from kc.core.lazy import jnp, lax
from kc.core.program import Call
from kc.core.reference import EntryOf
from kc.core.registry import Entry
from kc.core.types import Shape, ShapeError
from kc.library.fields import NonNegativeFloat

if TYPE_CHECKING:
    from jax import Array


class Regularizer(Entry, family="regularizer"):
    """A number that grows with a weight, to be added to the loss."""

    def check(self, shape: Shape) -> None:
        """Raise ShapeError where an array of this shape has no such penalty."""

    def lower(self) -> Call:
        """A function of the array that returns one number."""
        raise NotImplementedError


RegularizerField = Annotated[Regularizer, EntryOf("regularizer")] | None


class L1(Regularizer, kind="l1", aka=("lasso",)):
    """``l1 * sum(|w|)``: drives weights to zero.

    Example:
        - dense: {units: 3, kernel_regularizer: {l1: 1e-4}}
    """

    l1: NonNegativeFloat = 0.01
    """Factor of the sum of absolute values."""

    def lower(self) -> Call:
        return Call(l1, factor=self.l1)


class L2(Regularizer, kind="l2", aka=("ridge",)):
    """``l2 * sum(w^2)``, without the half that other libraries have.

    Example:
        - dense: {units: 3, kernel_regularizer: {l2: 1e-4}}
    """

    l2: NonNegativeFloat = 0.01
    """Factor of the sum of squares."""

    def lower(self) -> Call:
        return Call(l2, factor=self.l2)


class L1L2(Regularizer, kind="l1_l2", aka=("elastic_net",)):
    """``l1 * sum(|w|) + l2 * sum(w^2)``.

    Both factors are 0 by default, as in Keras's class; its word ``l1l2`` so gives no penalty at
    all. Here one of the two has to be given.

    Example:
        - dense: {units: 3, kernel_regularizer: {l1_l2: {l1: 1e-5, l2: 1e-4}}}
    """

    l1: NonNegativeFloat = 0.0
    """Factor of the sum of absolute values."""
    l2: NonNegativeFloat = 0.0
    """Factor of the sum of squares."""

    @model_validator(mode="after")
    def _check(self) -> L1L2:
        if not self.model_fields_set:
            raise ValueError("needs `l1` or `l2`: both are 0 by default")
        return self

    def lower(self) -> Call:
        return Call(l1_l2, l1=self.l1, l2=self.l2)


class OrthogonalRegularizer(Regularizer, kind="orthogonal_regularizer"):
    """``factor * mean(|cosine|)`` over the pairs of rows, or of columns, of a matrix.

    On outputs in rows mode the pairs are those of the examples of a batch; examples that only pad
    it make none. A matrix with one row has no pairs and no penalty; Keras gives NaN. Rows that are
    zero have gradients of zero; in Keras they are NaN.

    Example:
        - dense: {units: 3, kernel_regularizer: {orthogonal_regularizer: {mode: columns}}}
    """

    factor: NonNegativeFloat = 0.01
    """Factor of the mean."""
    mode: Literal["rows", "columns"] = "rows"
    """Which vectors are to become orthogonal to each other."""

    def check(self, shape: Shape) -> None:
        if len(shape) != 2:
            raise ShapeError(f"needs 2 axes, not {len(shape)}")

    def lower(self) -> Call:
        return Call(orthogonal_penalty, factor=self.factor, mode=self.mode)


def l1(x: Array, *, factor: float) -> Array:
    return factor * jnp.sum(jnp.abs(x))


def l2(x: Array, *, factor: float) -> Array:
    return factor * jnp.sum(x**2)


def l1_l2(x: Array, *, l1: float = 0.0, l2: float = 0.0) -> Array:
    return l1 * jnp.sum(jnp.abs(x)) + l2 * jnp.sum(x**2)


def orthogonal_penalty(
    x: Array, *, factor: float, mode: str = "rows", valid: Array | None = None
) -> Array:
    """valid (rows,): 0 for rows that only pad the batch, which are all zero."""
    rows = x if mode == "rows" else x.T
    number = len(rows) if mode == "columns" or valid is None else jnp.sum(valid)
    rows = rows * lax.rsqrt(jnp.maximum(jnp.sum(rows**2, axis=1, keepdims=True), 1e-24))
    cosines = jnp.abs(rows @ rows.T) * (1.0 - jnp.eye(len(rows)))
    # Each pair stands twice in the sum.
    return factor * jnp.sum(cosines) / jnp.maximum(number * (number - 1.0), 1.0)
