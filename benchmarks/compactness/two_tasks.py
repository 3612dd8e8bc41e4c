import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

faces = np.load("faces.npz")
arrays = [faces["image"], faces["age"], faces["smiles"]]
x_train, x_rest, age_train, age_rest, smiles_train, smiles_rest = train_test_split(
    *arrays, test_size=0.2, random_state=0
)
x_val, x_test, age_val, age_test, smiles_val, smiles_test = train_test_split(
    x_rest, age_rest, smiles_rest, test_size=0.5, random_state=0
)

image = keras.Input((32, 32, 3))
x = layers.Rescaling(1 / 255)(image)
for filters in [16, 32, 64]:
    x = layers.Conv2D(filters, 3, strides=2, activation="relu")(x)
x = layers.Flatten()(x)
trunk = layers.Dense(64, activation="relu")(x)
age = layers.Dense(1, name="age")(trunk)
smiles = layers.Dense(1, activation="sigmoid", name="smiles")(trunk)
model = keras.Model(image, {"age": age, "smiles": smiles})
model.compile(
    loss={"age": "huber", "smiles": "binary_crossentropy"},
    loss_weights={"age": 0.1, "smiles": 1.0},
    metrics={"age": ["mean_absolute_error"], "smiles": ["accuracy"]},
    optimizer="adam",
)
model.fit(
    x_train,
    {"age": age_train, "smiles": smiles_train},
    epochs=20,
    validation_data=(x_val, {"age": age_val, "smiles": smiles_val}),
    callbacks=[
        keras.callbacks.EarlyStopping(
            monitor="val_loss", patience=3, restore_best_weights=True
        )
    ],
)
model.evaluate(x_test, {"age": age_test, "smiles": smiles_test})
