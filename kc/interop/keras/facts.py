"""What Keras calls things, and where it puts them. Looked up by kc's names; nothing else is known.

Most names follow from kc's: `global_max_pooling2d` is `GlobalMaxPooling2D`. What does not follow
stands in the tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from kc.core.registry import LIBRARY, Entry, entries, families
from kc.library.layer import Composite

_CLASSES = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "rms_normalization": "RMSNormalization",
    "lstm": "LSTM",
    "gru": "GRU",
    "simple_rnn": "SimpleRNN",
    "rnn": "RNN",
    "lstm_cell": "LSTMCell",
    "gru_cell": "GRUCell",
    "simple_rnn_cell": "SimpleRNNCell",
    "stacked_rnn_cells": "StackedRNNCells",
    "grouped_query_attention": "GroupQueryAttention",
    "conv_lstm1d": "ConvLSTM1D",
    "conv_lstm2d": "ConvLSTM2D",
    "conv_lstm3d": "ConvLSTM3D",
    "adamw": "AdamW",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
    "auc": "AUC",
    "l1_l2": "L1L2",
    "stft": "STFT",
    "stft_spectrogram": "STFTSpectrogram",
    "schedule_free_adamw": "ScheduleFreeAdamW",
    "ctc": "CTC",
    "kl_divergence": "KLDivergence",
    "iou": "IoU",
    "mean_iou": "MeanIoU",
    "binary_iou": "BinaryIoU",
    "one_hot_iou": "OneHotIoU",
    "one_hot_mean_iou": "OneHotMeanIoU",
    "fbeta_score": "FBetaScore",
}
"""Classes whose names do not follow from kc's."""
_METRICS = {"log_cosh": "LogCoshError"}
"""Metrics that have another name than the loss."""

_MODULES = {
    "layer": "keras.layers",
    "initializer": "keras.initializers",
    "regularizer": "keras.regularizers",
    "constraint": "keras.constraints",
    "optimizer": "keras.optimizers",
    "loss": "keras.losses",
    "metric": "keras.metrics",
    "cell": "keras.layers",
    "schedule": "keras.optimizers.schedules",
}

ALIASES = {"GroupedQueryAttention": "GroupQueryAttention"}
"""Names that classes have inside of Keras, and in older files, by those that it offers."""

NOT_IN_KERAS = {
    "drop_mask", "expression", "locally_connected1d", "locally_connected2d",
    "position_embedding", "subword_tokenizer", "thresholded_relu",
}  # fmt: skip
"""Layers of kc that Keras has no class for; composites are written out."""

NEUTRAL: Mapping[str, tuple[object, ...]] = {
    "name": (),
    "trainable": (True,),
    "dtype": ("float32", "int32", None),
    "batch_input_shape": (),
    "batch_shape": (),
    "build_config": (),
    "input_length": (None,),
    "input_dtype": (None, "float32"),
    "data_format": ("channels_last", None),
    "autocast": (True, None),
    "ragged": (False,),
    "sparse": (False,),
    "optional": (False,),
    "synchronized": (False,),
    "rms_scaling": (False,),
    "renorm": (False,),
    "renorm_clipping": (None,),
    "renorm_momentum": (),
    "fused": (None, True, False),
    "virtual_batch_size": (None,),
    "adjustment": (None,),
    "activity_regularizer": (None,),
    "kernel_regularizer": (None,),
    "bias_regularizer": (None,),
    "kernel_constraint": (None,),
    "bias_constraint": (None,),
    "recurrent_regularizer": (None,),
    "recurrent_constraint": (None,),
    "embeddings_regularizer": (None,),
    "embeddings_constraint": (None,),
    "beta_regularizer": (None,),
    "gamma_regularizer": (None,),
    "beta_constraint": (None,),
    "gamma_constraint": (None,),
    "mask_zero": (False,),
    "seed": (None,),
    "lora_rank": (None,),
    "lora_alpha": (None,),
    "quantization_config": (None,),
    "vocabulary_dtype": ("int64", "int32"),
    "vocabulary_size": (),
    "idf_weights": (None,),
    "salt": (None,),
    "encoding": ("utf-8",),
    "flash_attention": (None, False),
    "gradient_accumulation_steps": (None,),
    "input_axes": (None,),
    "output_axes": (None,),
    "implementation": (0, 1, 2),
    "time_major": (False,),
    "zero_output_for_mask": (False,),
    "stateful": (False,),
    "unroll": (False, True),
    "use_cudnn": ("auto", True, False, None),
    "use_ema": (False,),
    "ema_momentum": (),
    "ema_overwrite_frequency": (None,),
    "loss_scale_factor": (None,),
    "jit_compile": (),
    "is_legacy_optimizer": (),
    "decay": (0.0, 0),
    "reduction": ("sum_over_batch_size", "auto"),
}
"""Arguments of Keras that kc's entries lack, and the values that change nothing; () means any."""

UNWRAPPED: Mapping[str, str] = {
    "cropping1d": "cropping",
    "zero_padding1d": "padding",
    "up_sampling1d": "size",
}
"""Arguments of one axis that Keras writes without the tuple around them."""

UNMAPPED: Mapping[str, str] = {
    "equalization": "Keras cannot build it into a model: what it returns is its input",
    "random_crop": "outside of training Keras leaves the image as it is, in another shape",
}
"""Layers that neither side can take over as the other one means them, and why."""


def class_name(kind: str, family: str = "layer") -> str:
    """``GlobalMaxPooling2D`` of ``global_max_pooling2d``."""
    if family == "metric" and kind in _METRICS:
        return _METRICS[kind]
    if kind in _CLASSES:
        return _CLASSES[kind]
    words = "".join(word[:1].upper() + word[1:] for word in kind.split("_"))
    return re.sub(r"(?<=\d)d", "D", words)


def module_of(family: str) -> str:
    return _MODULES[family]


def kinds(family: str) -> Mapping[str, type[Entry]]:
    """Entries of the library, without those of plugins, by the name of their class in Keras."""
    return _kinds(family, len(entries(family))) if family in families() else {}


@cache
def _kinds(family: str, number: int) -> Mapping[str, type[Entry]]:
    return {
        class_name(kind, family): entry
        for kind, entry in entries(family).items()
        if entry.__module__.startswith(f"{LIBRARY}.")
        and kind not in NOT_IN_KERAS
        and not issubclass(entry, Composite)
    }


def group_name(keras_class: str) -> str:
    """How weight files call the layers of a class: ``conv2d_transpose`` of ``Conv2DTranspose``."""
    inside = {offered: name for name, offered in ALIASES.items()}
    keras_class = inside.get(keras_class, keras_class)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", keras_class))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Numbered:
    """Gives out group names: the second ``dense`` is ``dense_1``."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def next(self, keras_class: str) -> str:
        name = group_name(keras_class)
        number = self._used.get(name, 0)
        self._used[name] = number + 1
        return f"{name}_{number}" if number else name
