import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

pairs = np.load("pairs.npz")
left, right, same = pairs["left"], pairs["right"], pairs["same"]
rows = np.arange(len(same))
train, rest = train_test_split(rows, test_size=0.2, stratify=same, random_state=0)
val, test = train_test_split(rest, test_size=0.5, stratify=same[rest], random_state=0)

encoder = keras.Sequential(
    [
        layers.Rescaling(1 / 16),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="tanh"),
    ]
)
left_input = keras.Input((64,), name="left")
right_input = keras.Input((64,), name="right")
x = layers.Concatenate()([encoder(left_input), encoder(right_input)])
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model([left_input, right_input], outputs)
model.compile(
    loss="binary_crossentropy",
    optimizer=keras.optimizers.AdamW(2e-3),
    metrics=["accuracy", keras.metrics.AUC(name="auc")],
)
model.fit(
    [left[train], right[train]],
    same[train],
    batch_size=64,
    epochs=20,
    validation_data=([left[val], right[val]], same[val]),
    callbacks=[
        keras.callbacks.EarlyStopping(
            monitor="val_auc", mode="max", patience=5, restore_best_weights=True
        )
    ],
)
model.evaluate([left[test], right[test]], same[test])
