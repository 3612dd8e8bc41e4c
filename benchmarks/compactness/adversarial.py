import jax
import keras
from keras import layers, ops
from sklearn.datasets import load_digits

LATENT = 16

x, _ = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8, 1).astype("float32") / 16

generator = keras.Sequential(
    [
        keras.Input((LATENT,)),
        layers.Dense(512, activation="relu"),
        layers.Reshape((4, 4, 32)),
        layers.Conv2DTranspose(32, 4, strides=2, padding="same", activation="relu"),
        layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
    ]
)
critic = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        layers.Conv2D(32, 3, strides=2, padding="same"),
        layers.LeakyReLU(0.2),
        layers.Flatten(),
        layers.Dropout(0.3),
        layers.Dense(1, activation="sigmoid"),
    ]
)
cross_entropy = keras.losses.BinaryCrossentropy()
critic_optimizer = keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5)
generator_optimizer = keras.optimizers.Adam(learning_rate=1e-3, beta_1=0.5)
critic_optimizer.build(critic.trainable_variables)
generator_optimizer.build(generator.trainable_variables)


def critic_loss(c_weights, c_state, g_weights, g_state, images, noise):
    made, _ = generator.stateless_call(g_weights, g_state, noise, training=True)
    real_score, c_state = critic.stateless_call(c_weights, c_state, images, training=True)
    made_score, c_state = critic.stateless_call(c_weights, c_state, made, training=True)
    loss = cross_entropy(ops.ones_like(real_score), real_score)
    loss += cross_entropy(ops.zeros_like(made_score), made_score)
    return loss, c_state


def generator_loss(g_weights, g_state, c_weights, c_state, noise):
    made, g_state = generator.stateless_call(g_weights, g_state, noise, training=True)
    made_score, c_state = critic.stateless_call(c_weights, c_state, made, training=True)
    return cross_entropy(ops.ones_like(made_score), made_score), (g_state, c_state)


@jax.jit
def train_step(state, images, key):
    c_weights, c_state, c_memory, g_weights, g_state, g_memory = state
    keys = jax.random.split(key)
    noise = jax.random.normal(keys[0], (len(images), LATENT))
    (c_loss, c_state), gradients = jax.value_and_grad(critic_loss, has_aux=True)(
        c_weights, c_state, g_weights, g_state, images, noise
    )
    c_weights, c_memory = critic_optimizer.stateless_apply(c_memory, gradients, c_weights)
    noise = jax.random.normal(keys[1], (len(images), LATENT))
    (g_loss, (g_state, c_state)), gradients = jax.value_and_grad(generator_loss, has_aux=True)(
        g_weights, g_state, c_weights, c_state, noise
    )
    g_weights, g_memory = generator_optimizer.stateless_apply(g_memory, gradients, g_weights)
    return (c_weights, c_state, c_memory, g_weights, g_state, g_memory), c_loss, g_loss


state = (
    [v.value for v in critic.trainable_variables],
    [v.value for v in critic.non_trainable_variables],
    [v.value for v in critic_optimizer.variables],
    [v.value for v in generator.trainable_variables],
    [v.value for v in generator.non_trainable_variables],
    [v.value for v in generator_optimizer.variables],
)
key = jax.random.key(0)
for epoch in range(40):
    key, order_key = jax.random.split(key)
    order = jax.random.permutation(order_key, len(x))
    for start in range(0, len(x) - 63, 64):
        key, step_key = jax.random.split(key)
        state, c_loss, g_loss = train_step(state, x[order[start : start + 64]], step_key)
    print(f"epoch {epoch + 1}: critic {c_loss:.4f}, generator {g_loss:.4f}")
for variables, values in (
    (generator.trainable_variables, state[3]),
    (generator.non_trainable_variables, state[4]),
):
    for variable, value in zip(variables, values):
        variable.assign(value)
