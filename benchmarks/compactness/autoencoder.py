import keras
from keras import layers, ops
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

LATENT = 4

x, _ = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8, 1).astype("float32") / 16
x_train, x_rest = train_test_split(x, test_size=0.2, random_state=0)
x_val, x_test = train_test_split(x_rest, test_size=0.5, random_state=0)


class VariationalAutoencoder(keras.Model):
    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder = decoder
        self.seed_generator = keras.random.SeedGenerator(0)
        self.decoded_loss = keras.metrics.Mean(name="decoded_loss")
        self.divergence_loss = keras.metrics.Mean(name="divergence_loss")

    def call(self, image):
        mean, log_variance = self.encoder(image)
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        decoded = self.decoder(mean + ops.exp(log_variance / 2) * noise)
        divergence = ops.mean((ops.square(mean) + ops.exp(log_variance) - 1 - log_variance) / 2)
        self.add_loss(0.06 * divergence)
        return decoded

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        decoded_loss = ops.mean(keras.losses.binary_crossentropy(y, y_pred))
        divergence_loss = sum(self.losses)
        self.decoded_loss.update_state(decoded_loss)
        self.divergence_loss.update_state(divergence_loss)
        return decoded_loss + divergence_loss


image = keras.Input((8, 8, 1))
y = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(image)
y = layers.Flatten()(y)
y = layers.Dense(64, activation="relu")(y)
encoder = keras.Model(image, [layers.Dense(LATENT)(y), layers.Dense(LATENT)(y)])
decoder = keras.Sequential(
    [
        layers.Dense(512, activation="relu"),
        layers.Reshape((4, 4, 32)),
        layers.Conv2DTranspose(1, 3, strides=2, padding="same", activation="sigmoid"),
    ]
)
model = VariationalAutoencoder(encoder, decoder)
model.compile(optimizer=keras.optimizers.Adam(2e-3))
model.fit(x_train, x_train, batch_size=64, epochs=30, validation_data=(x_val, x_val))
model.evaluate(x_test, x_test)
