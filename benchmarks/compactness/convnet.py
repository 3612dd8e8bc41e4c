import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

WIDTH = 32

x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8, 1).astype("float32")
x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
x_val, x_test, y_val, y_test = train_test_split(
    x_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)


def conv_unit(x, filters):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    return layers.MaxPooling2D(2)(x)


image = keras.Input((8, 8, 1))
x = layers.Rescaling(1 / 16)(image)
x = layers.RandomRotation(0.05)(x)
x = layers.RandomTranslation(0.1, 0.1)(x)
x = conv_unit(x, WIDTH)
x = conv_unit(x, 2 * WIDTH)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.4)(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(image, outputs)
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.AdamW(
        learning_rate=keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=690)
    ),
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=30,
    validation_data=(x_val, y_val),
    callbacks=[
        keras.callbacks.ModelCheckpoint("best.keras", monitor="val_loss", save_best_only=True)
    ],
)
model.evaluate(x_test, y_test)
