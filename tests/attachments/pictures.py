"""Pictures made for tests, with the metadata that telephones put into them."""

import io
import struct

from PIL import Image

PLACE = b"GPS 15.6234 N 107.5912 E"


def make_picture(file_format: str = "JPEG", size: tuple[int, int] = (40, 30), **saving: object) -> bytes:
    """Make a small picture with a gradient, so that a changed pixel is noticed."""
    image = Image.new("RGB", size)
    image.putdata([(x * 5 % 256, y * 7 % 256, (x * y) % 256) for y in range(size[1]) for x in range(size[0])])
    written = io.BytesIO()
    image.save(written, file_format, **saving)
    return written.getvalue()


def make_exif(orientation: int = 1) -> bytes:
    """Make an EXIF block with a place, a camera and an orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Telephone of Alăng"
    exif[0x9286] = PLACE.decode()
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


def make_telephone_photo(orientation: int = 6) -> bytes:
    """Make a JPEG as telephones do: EXIF with a place, a comment, and more data behind its end."""
    photo = make_picture(exif=make_exif(orientation), comment=PLACE, icc_profile=b"colours" * 20)
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + PLACE
    segment = b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp
    return photo[:2] + segment + photo[2:] + b"trailer " + PLACE


def pixels_of(data: bytes) -> bytes:
    """Give the decoded pixels of a picture."""
    return Image.open(io.BytesIO(data)).convert("RGB").tobytes()
