"""Layers that know tokens by their place in a list: lookups, and the vectorizing of text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator

from kc.core.lazy import np
from kc.core.program import Call
from kc.core.types import Inferred, ShapeError, TensorType
from kc.library.encoding import OutputMode, encoded_type
from kc.library.fields import PositiveInt
from kc.library.fitting import Fitting

Token = TypeVar("Token", bound=int | str)
VocabularyMode = OutputMode | Literal["tf_idf"]
"""Indices, or vectors; those of ``tf_idf`` hold how often a token occurs, times its weight."""


def _no_file(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(
            "`vocabulary` is a list: write the lines of the file, or leave it to training"
        )
    return value


class Vocabulary(Fitting, Generic[Token]):
    """Fields of all layers with a vocabulary, and what follows from them."""

    vocabulary: Annotated[
        Annotated[tuple[Token, ...], Field(min_length=1)] | None, BeforeValidator(_no_file)
    ] = None
    """Tokens that are known, each once; by default the most frequent ones of the training examples.
    The tokens that stand for nothing and for unknown ones may stand before the others.
    """
    max_tokens: PositiveInt | None = None
    """Largest number of indices, for those of mask and unknown tokens too."""
    idf_weights: Annotated[tuple[float, ...], Field(min_length=1)] | None = None
    """Weight of each token of the vocabulary for ``tf_idf``; unknown ones have the average."""
    output_mode: VocabularyMode = "int"
    """The index, or a vector."""
    pad_to_max_tokens: bool = False
    """Whether vectors have ``max_tokens`` places, used or not."""

    @model_validator(mode="after")
    def _indices_fit(self) -> Self:
        first = len(self._special)
        if self.pad_to_max_tokens and self.max_tokens is None:
            raise ValueError("`pad_to_max_tokens` needs `max_tokens`")
        if self.max_tokens is not None and self.max_tokens <= first:
            raise ValueError(f"`max_tokens` has to be more than {first}, to leave some for tokens")
        if self.vocabulary is not None:
            self._check_tokens()
        if self.idf_weights is not None:
            if self.output_mode != "tf_idf":
                raise ValueError("`idf_weights` are for `output_mode: tf_idf`")
            if len(self.idf_weights) != len(self.vocabulary or ()):
                raise ValueError("`idf_weights` and `vocabulary` have to be equally long")
        elif self.output_mode == "tf_idf" and self.vocabulary is not None:
            raise ValueError("`output_mode: tf_idf` with a `vocabulary` needs its `idf_weights`")
        return self

    def _check_tokens(self) -> None:
        repeated = [token for token, count in Counter(self.tokens).items() if count > 1]
        if repeated:
            raise ValueError(f"`{repeated[0]}` stands twice in `vocabulary`")
        reserved = {self.mask, self.unknown if self.inverts else None} - {None}
        for token in self.tokens:
            if token in reserved:
                raise ValueError(
                    f"`{token}` is reserved, so it may not stand in `vocabulary`, unless all of "
                    f"{[*self._special]} begin it"
                )
        if self.max_tokens is not None and self.max_tokens < self._depth:
            raise ValueError(f"has {self._depth} indices, which is more than `max_tokens`")

    @property
    def mask(self) -> Token | None:
        """The token that stands for nothing."""
        raise NotImplementedError

    @property
    def unknown(self) -> Token:
        """The token that stands for those outside of the vocabulary."""
        raise NotImplementedError

    @property
    def unknown_indices(self) -> int:
        """How many indices unknown tokens share."""
        return 1

    @property
    def inverts(self) -> bool:
        """Whether it goes from indices to tokens."""
        return False

    @property
    def finds(self) -> tuple[str, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        weights = ("idf_weights",) if self.output_mode == "tf_idf" else ()
        return ("vocabulary", *weights)

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The vocabulary without special tokens before it."""
        known, special = self.vocabulary or (), self._special
        return known[len(special) :] if known[: len(special)] == special else known

    @property
    def _special(self) -> tuple[Token, ...]:
        """Tokens before the vocabulary. No vector has a place for the mask token."""
        masks = () if self.mask is None or self.output_mode != "int" else (self.mask,)
        return (*masks, *(self.unknown,) * self.unknown_indices)

    @property
    def _depth(self) -> int:
        return len(self._special) + len(self.tokens)

    @property
    def _places(self) -> int:
        """Size of a vector."""
        return self.max_tokens or 0 if self.pad_to_max_tokens else self._depth

    def typed(self, x: TensorType) -> Inferred:
        """The output's type for indices of this type.

        Raises:
            ShapeError: when it does not follow, as there is no vocabulary so far.
        """
        if self.output_mode != "int" and not self.fitted and not self.pad_to_max_tokens:
            raise ShapeError(
                "needs a vocabulary: its size is that of the vectors",
                "give `vocabulary`, or `max_tokens: NUMBER` and `pad_to_max_tokens: true`",
            )
        return Inferred(encoded_type(x, self.output_mode, self._places))

    def as_vectors(self, encode: Callable[..., Any]) -> Sequence[Call]:
        """The call that makes vectors of indices; none for the indices themselves."""
        if self.output_mode == "int":
            return ()
        settings: dict[str, object] = {"output_mode": self.output_mode, "depth": self._places}
        if self.idf_weights is not None:
            settings |= {"output_mode": "count", "weights": self._weights(self.idf_weights)}
        return (Call(index_vectors, encode=encode, masked=self.mask is not None, **settings),)

    def _weights(self, weights: tuple[float, ...]) -> tuple[float, ...]:
        """A weight for each place of a vector."""
        before = self._depth - len(weights)
        average = sum(weights) / len(weights)
        return (*(average,) * before, *weights, *(0.0,) * (self._places - self._depth))

    def fit(self, batches: Iterable[np.ndarray]) -> Self:
        """The most frequent tokens, of equally frequent ones the larger; a row is a document."""
        counts, found, total = Counter[Token](), Counter[Token](), 0
        for values in batches:
            documents = self.documents(values)
            total += len(documents)
            counts.update(token for document in documents for token in document)
            found.update(token for document in documents for token in set(document))
        for special in {self.mask, self.unknown} & counts.keys():
            del counts[special]
        if not counts:
            raise ShapeError("finds no tokens in the training examples", "give its `vocabulary`")
        tokens = sorted(counts, key=lambda token: (counts[token], token), reverse=True)
        if self.max_tokens is not None:
            tokens = tokens[: self.max_tokens - len(self._special)]
        if self.output_mode != "tf_idf":
            return self.with_fields(vocabulary=tuple(tokens))
        weights = [math.log(1 + total / (1 + found[token])) for token in tokens]
        return self.with_fields(vocabulary=tuple(tokens), idf_weights=tuple(weights))

    def documents(self, values: np.ndarray) -> Sequence[Sequence[Token]]:
        """The tokens of each example."""
        return values.reshape(len(values), -1).tolist()


class Lookup(Vocabulary[Token]):
    """The index of each token, or the token of each index."""

    num_oov_indices: PositiveInt = 1
    """How many indices tokens outside of the vocabulary share."""
    invert: bool = False
    """Goes back from indices to tokens."""

    @model_validator(mode="after")
    def _invertible(self) -> Self:
        if self.invert and self.output_mode != "int":
            raise ValueError("`invert` gives tokens, so it needs `output_mode: int`")
        if self.invert and self.vocabulary is None:
            raise ValueError("`invert` needs a `vocabulary`: indices do not tell it")
        return self

    @property
    def unknown_indices(self) -> int:
        return self.num_oov_indices

    @property
    def inverts(self) -> bool:
        return self.invert

    def lookup(self, function: Callable[..., Any], **settings: object) -> Call:
        """The call of the function that goes in one of the directions."""
        return Call(
            function,
            vocabulary=self.tokens,
            num_oov_indices=self.num_oov_indices,
            mask_token=self.mask,
            **settings,
        )


def index_vectors(
    index: Any,
    *,
    encode: Callable[..., Any],
    masked: bool = False,
    output_mode: str,
    depth: int,
    weights: tuple[float, ...] | None = None,
) -> Any:
    """Vectors of indices, on the host or the device; index 0 of a mask has no place in them."""
    vectors = encode(index - 1 if masked else index, output_mode, depth)
    return vectors if weights is None else vectors * np.array(weights, np.float32)
