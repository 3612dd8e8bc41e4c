"""Writes 40 images of each of three digits, of scikit-learn's data set, into folders."""

from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits

EACH = 40

if __name__ == "__main__":
    images, digits = load_digits(return_X_y=True)
    for digit, name in {0: "zero", 4: "four", 7: "seven"}.items():
        folder = Path(__file__).parent / "digits" / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, pixels in enumerate(images[digits == digit][:EACH]):
            grey = (pixels.reshape(8, 8) * 15).astype("uint8")
            Image.fromarray(grey).save(folder / f"{number:02}.png", optimize=True)
