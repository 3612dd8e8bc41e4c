import csv

import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

with open("tickets.csv", newline="") as file:
    rows = list(csv.DictReader(file))
teams = sorted({row["team"] for row in rows})
x = np.array([row["message"] for row in rows], dtype=object)
y = np.array([teams.index(row["team"]) for row in rows])
x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.3, stratify=y, random_state=0)
x_val, x_test, y_val, y_test = train_test_split(
    x_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)

vectorize = layers.TextVectorization(max_tokens=500, output_sequence_length=16)
vectorize.adapt(x_train)
model = keras.Sequential(
    [
        keras.Input((1,), dtype="string"),
        vectorize,
        layers.Embedding(500, 32, mask_zero=True),
        layers.Bidirectional(layers.LSTM(32)),
        layers.Dropout(0.3),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, epochs=10, validation_data=(x_val, y_val))
model.evaluate(x_test, y_test)
