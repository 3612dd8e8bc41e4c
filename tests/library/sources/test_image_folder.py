import io
import os
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from kc.core.data import DataError
from kc.library.sources.image_folder import ImageFolder
from tests.library.sources.laws import check_laws

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def save(path, color=RED, size=(8, 6), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, color).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    for number, (name, color) in enumerate({"dog": RED, "cat": GREEN, "eel": BLUE}.items()):
        for i in range(number + 1):
            save(tmp_path / "photos" / name / f"{i}.png", color)
    return tmp_path


def load(folder, **fields):
    return ImageFolder(path="photos", size=(4, 4), **fields).load(folder)


def refusal(folder, **fields) -> DataError:
    with pytest.raises(DataError) as caught:
        load(folder, **fields)
    return caught.value


def test_classes_are_the_folders_in_the_order_of_their_names(folder):
    examples = load(folder)
    assert examples.classes == {"class": ("cat", "dog", "eel")}
    assert examples.targets["class"].tolist() == [0, 0, 1, 2, 2, 2]
    assert examples.targets["class"].dtype == np.int32
    assert examples.inputs["image"].dtype == np.uint8
    expected = [GREEN, GREEN, RED, BLUE, BLUE, BLUE]
    np.testing.assert_array_equal(examples.inputs["image"][:, 0, 0], expected)


def test_rows_obey_the_laws(folder):
    check_laws(ImageFolder(path="photos", size=(4, 5)), folder)


def test_targets_are_known_without_opening_an_image(folder):
    (folder / "photos/cat/0.png").write_bytes(b"no image")
    rows = ImageFolder(path="photos").open(folder)
    assert rows.targets()["class"].tolist() == [0, 0, 1, 2, 2, 2]
    assert rows.nbytes == 6 * 256 * 256 * 3 + 6 * 4


def test_images_deeper_in_a_folder_have_its_class(folder):
    save(folder / "photos/cat/young/x.jpg")
    assert load(folder).targets["class"].tolist() == [0, 0, 0, 1, 2, 2, 2]


def test_images_without_folders_have_no_target(tmp_path):
    save(tmp_path / "photos/1.png")
    assert load(tmp_path).targets == {}


def test_files_of_other_kinds_and_hidden_ones_do_not_count(folder):
    (folder / "photos/cat/notes.txt").write_text("soft")
    save(folder / "photos/.cache/x.png")
    (folder / "photos/cat/._0.png").write_bytes(b"of a Mac")
    assert len(load(folder)) == 6


@pytest.mark.parametrize("name", ["a.jpg", "a.JPEG", "a.png", "a.bmp", "a.gif", "a.webp"])
def test_formats(tmp_path, name):
    save(tmp_path / "photos" / name)
    found = load(tmp_path).inputs["image"][0].astype(int)
    assert np.abs(found - RED).max() < 4  # JPEG and WebP lose some


def test_the_content_tells_the_format_not_the_name(tmp_path):
    save(tmp_path / "photos/a.png", format="JPEG")
    assert len(load(tmp_path)) == 1


@pytest.mark.parametrize(("channels", "pixel"), [(1, [76]), (3, [255, 0, 0]),
                                                 (4, [255, 0, 0, 255])])  # fmt: skip
def test_channels(tmp_path, channels, pixel):
    save(tmp_path / "photos/a.png")
    assert load(tmp_path, channels=channels).inputs["image"][0, 0, 0].tolist() == pixel


def test_16_bits_become_8(tmp_path):
    (tmp_path / "photos").mkdir()
    Image.fromarray(np.full((4, 4), 0x80FF, np.uint16)).save(tmp_path / "photos/a.png")
    assert load(tmp_path, channels=1).inputs["image"].ravel().tolist() == [0x80] * 16


def test_an_image_is_turned_as_the_camera_was_held(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn to the right shows it upright
    image = Image.new("RGB", (4, 4))
    image.putpixel((0, 0), RED)
    (tmp_path / "photos").mkdir()
    image.save(tmp_path / "photos/a.png", exif=exif)
    assert load(tmp_path).inputs["image"][0, 0, 3].tolist() == list(RED)


@pytest.mark.parametrize(
    ("resize", "left", "middle"),
    [
        pytest.param("stretch", RED, GREEN, id="all of it"),
        pytest.param("crop", GREEN, GREEN, id="its middle"),
        pytest.param("pad", RED, GREEN, id="with bars"),
    ],
)
def test_images_of_other_proportions(tmp_path, resize, left, middle):
    image = Image.new("RGB", (24, 8), GREEN)
    image.paste(RED, (0, 0, 6, 8))
    (tmp_path / "photos").mkdir()
    image.save(tmp_path / "photos/a.png")
    found = ImageFolder(path="photos", size=(12, 12), resize=resize).load(tmp_path)
    pixels = found.inputs["image"][0]
    assert pixels[6, 0].tolist() == list(left)
    assert pixels[6, 6].tolist() == list(middle)
    assert (pixels[0, 6].tolist() == [0, 0, 0]) == (resize == "pad")


def test_growing_is_the_bilinear_resize_of_tensorflow(tmp_path):
    (tmp_path / "photos").mkdir()
    Image.fromarray(np.array([[0, 100]], np.uint8)).save(tmp_path / "photos/a.png")
    found = ImageFolder(path="photos", size=(1, 4), channels=1).load(tmp_path)
    # tf.image.resize([[0, 100]], (1, 4), "bilinear"): half pixel centres.
    assert found.inputs["image"].ravel().tolist() == [0, 25, 75, 100]


def test_a_table_gives_targets(folder):
    (folder / "ages.csv").write_text("file,age\ndog/0.png,3\ncat/1.png,4.5\n")
    examples = load(folder, labels="ages.csv", target=("age",))
    assert examples.targets["age"].tolist() == [3, 4.5]
    assert examples.inputs["image"][:, 0, 0].tolist() == [list(RED), list(GREEN)]
    check_laws(ImageFolder(path="photos", size=(2, 2), labels="ages.csv", target=("age",)), folder)


def test_a_table_may_hold_words_of_classes(folder):
    (folder / "labels.csv").write_text(
        "file,class\ndog/0.png,big\ncat/1.png,small\neel/0.png,big\n"
    )
    examples = load(folder, labels="labels.csv")
    assert examples.targets["class"].tolist() == [0, 1, 0]
    assert examples.classes == {"class": ("big", "small")}


def test_a_table_cannot_name_files_elsewhere(folder):
    (folder / "labels.csv").write_text("file,class\n../../x.png,1\n")
    assert refusal(folder, labels="labels.csv").code.id == "KC412"


def test_a_table_without_files_is_refused(folder):
    (folder / "labels.csv").write_text("path,class\ndog/0.png,1\n")
    assert refusal(folder, labels="labels.csv").message == "`labels.csv` has no column `file`"


def test_targets_need_a_table():
    with pytest.raises(ValidationError, match="it needs that table"):
        ImageFolder(path="photos", target=("age",))


def test_an_image_beside_the_folders_of_classes_is_refused(folder):
    save(folder / "photos/stray.png")
    error = refusal(folder)
    assert error.message == "`photos/stray.png` lies in no folder of a class, and others do"


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "photos").mkdir()
    assert "`photos` holds no file of the kind `.bmp`" in refusal(tmp_path).message


def test_a_missing_folder_gets_a_near_miss(tmp_path):
    (tmp_path / "photo").mkdir()
    error = refusal(tmp_path)
    assert (error.code.id, error.message) == ("KC401", "there is no folder `photos`")
    assert error.help == "did you mean `photo`?"


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    job = tmp_path / "job"
    save(tmp_path / "secret.png")
    (job / "photos").mkdir(parents=True)
    (job / "photos/a.png").symlink_to("../../secret.png")
    assert refusal(job).code.id == "KC412"


def test_a_link_to_a_folder_is_refused(folder):
    (folder / "photos/cat/again").symlink_to("..")
    assert refusal(folder).message == "`photos/cat/again` is a link to a folder"


def test_a_pipe_is_no_image(folder):
    os.mkfifo(folder / "photos/cat/pipe.png")
    assert len(load(folder)) == 6


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    data = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_000, 60_000, 2**31 - 1])
def test_a_bomb_is_refused_before_it_is_decoded(folder, side):
    (folder / "photos/cat/0.png").write_bytes(png(side, side))
    error = refusal(folder)
    assert error.code.id == "KC401"
    assert error.message == "`photos/cat/0.png` declares too many pixels"


def test_a_cut_image_is_named(folder):
    path = folder / "photos/dog/0.png"
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:-600])
    error = refusal(folder)
    assert error.message.startswith("`photos/dog/0.png` is damaged: ")
    assert error.help == "write the file again, or remove it"


def test_another_file_with_such_a_name_is_named(folder):
    (folder / "photos/dog/0.png").write_text("%!PS-Adobe-3.0 EPSF-3.0")
    message = refusal(folder).message
    assert message == "`photos/dog/0.png` is no image of JPEG, PNG, BMP, GIF or WebP"


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("format", ["JPEG", "PNG", "BMP", "GIF", "WEBP"])
def test_flipped_and_cut_bytes_are_refused_or_decoded(tmp_path, format):
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "words"
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    options = {} if format in {"BMP", "GIF"} else {"exif": exif}
    Image.fromarray(noise).save(buffer, format, **options)
    raw, draw = buffer.getvalue(), random.Random(0)
    (tmp_path / "photos").mkdir()
    source = ImageFolder(path="photos", size=(4, 4))
    for _ in range(150):
        bad = bytearray(raw[: draw.choice([len(raw), draw.randrange(len(raw))])])
        for _ in range(draw.randint(0, 4)):
            if bad:
                bad[draw.randrange(len(bad))] = draw.randrange(256)
        (tmp_path / "photos/a.png").write_bytes(bad)
        try:
            assert source.load(tmp_path).inputs["image"].shape == (1, 4, 4, 3)
        except DataError as error:
            assert error.message.startswith("`photos/a.png` ")  # noqa: PT017


def test_the_source_tells_its_files():
    assert ImageFolder(path="photos", labels="a.csv").files() == ("photos", "a.csv")
