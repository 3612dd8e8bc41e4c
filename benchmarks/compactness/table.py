import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

table = np.genfromtxt("wine.csv", delimiter=",", names=True)
y = table["cultivar"].astype("int32")
x = np.stack([table[name] for name in table.dtype.names if name != "cultivar"], axis=1)
x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.3, stratify=y, random_state=0)
x_val, x_test, y_val, y_test = train_test_split(
    x_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)

normalization = layers.Normalization()
normalization.adapt(x_train)
model = keras.Sequential(
    [
        keras.Input((13,)),
        normalization,
        layers.Dense(32, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
        layers.Dropout(0.3),
        layers.Dense(3, activation="softmax"),
    ]
)
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.Adam(learning_rate=5e-3, global_clipnorm=1.0),
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=16,
    epochs=40,
    validation_data=(x_val, y_val),
    class_weight={0: 1.0, 1: 1.0, 2: 1.5},
)
model.evaluate(x_test, y_test)
