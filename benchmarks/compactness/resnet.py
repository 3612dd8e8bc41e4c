import keras
import numpy as np
from keras import layers
from sklearn.model_selection import train_test_split

images = np.load("images.npz")
x, y = images["image"], images["label"]
x_train, x_rest, y_train, y_rest = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
x_val, x_test, y_val, y_test = train_test_split(
    x_rest, y_rest, test_size=0.5, stratify=y_rest, random_state=0
)


def conv_bn(x, filters, size=3, strides=1):
    x = layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def stage(x, filters):
    main = conv_bn(x, filters, strides=2)
    main = layers.ReLU()(main)
    main = conv_bn(main, filters)
    skip = conv_bn(x, filters, size=1, strides=2)
    x = layers.ReLU()(layers.Add()([main, skip]))
    main = conv_bn(x, filters)
    main = layers.ReLU()(main)
    main = conv_bn(main, filters)
    return layers.ReLU()(layers.Add()([x, main]))


inputs = keras.Input((32, 32, 3))
x = layers.Rescaling(1 / 255)(inputs)
x = layers.RandomFlip("horizontal")(x)
x = conv_bn(x, 16)
x = layers.ReLU()(x)
for filters in [32, 64, 128]:
    x = stage(x, filters)
x = layers.GlobalAveragePooling2D()(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.SGD(
        learning_rate=keras.optimizers.schedules.CosineDecay(0.1, decay_steps=7500),
        momentum=0.9,
        nesterov=True,
        weight_decay=5e-4,
    ),
    metrics=["accuracy"],
)
model.fit(
    x_train,
    y_train,
    batch_size=128,
    epochs=30,
    validation_data=(x_val, y_val),
    callbacks=[
        keras.callbacks.ModelCheckpoint("best.keras", monitor="val_accuracy", save_best_only=True)
    ],
)
model.evaluate(x_test, y_test)
