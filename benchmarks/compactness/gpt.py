import keras
import numpy as np
from keras import layers

WORDS, LENGTH, WIDTH, HEADS = 64, 32, 64, 4

data = np.load("tokens.npz")


class PositionEmbedding(layers.Layer):
    def __init__(self, length, **kwargs):
        super().__init__(**kwargs)
        self.length = length

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            shape=(self.length, input_shape[-1]), initializer="glorot_uniform"
        )

    def call(self, x):
        return x + self.embeddings


def decoder(x):
    y = layers.LayerNormalization()(x)
    y = layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(y, y, use_causal_mask=True)
    x = layers.Add()([x, y])
    y = layers.LayerNormalization()(x)
    y = layers.Dense(4 * WIDTH, activation="gelu")(y)
    y = layers.Dense(WIDTH)(y)
    return layers.Add()([x, y])


tokens = keras.Input((LENGTH,), dtype="int32")
x = layers.Embedding(WORDS, WIDTH)(tokens)
x = PositionEmbedding(LENGTH)(x)
for _ in range(4):
    x = decoder(x)
x = layers.LayerNormalization()(x)
outputs = layers.Dense(WORDS)(x)
model = keras.Model(tokens, outputs)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.AdamW(3e-4),
    metrics=["accuracy"],
)
model.fit(data["tokens"], data["following"], epochs=10, validation_split=0.1)
