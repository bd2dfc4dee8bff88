"""What laptops of this project may have, as the registry of a centre asks for it."""

from collector.units.grants import commune_grants, village_grants
from sync.devices import VILLAGE, Post
from sync.scopes import Grant


def make_grants(post: Post) -> list[Grant]:
    """Say what a device at this post may have."""
    if post.kind == VILLAGE:
        return village_grants(post.unit, post.commune)
    return commune_grants(post.villages, post.unit)
