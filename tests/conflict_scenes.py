"""What tests of differences read from pages and write on laptops."""

import re

from factories import log_in
from flask.testing import FlaskClient
from two_laptops import Laptop

from collector.exchange.lines import write_lines


def browser(laptop: Laptop, role: str = "secretary") -> FlaskClient:
    client = log_in(laptop.app.test_client(), role)
    with client.session_transaction() as session:
        session["language"] = "en"
    return client


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def forms_of(page: str) -> list[dict[str, str]]:
    """Give the hidden fields of every form that chooses, in the order of the page."""
    forms = re.findall(r'<form[^>]*action="[^"]*/choose".*?</form>', page, re.S)
    return [dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form)) for form in forms]


def lines_of(laptop: Laptop) -> bytes:
    with laptop.database.reading() as connection:
        return b"".join(write_lines(connection, village_only=True))


def choose(laptop: Laptop, kind: str, record: str, number: int = 0, role: str = "secretary") -> int:
    """Open the page of a record on a laptop and tap the button with this number; give the status."""
    client = browser(laptop, role)
    sent = forms_of(client.get(f"/differences/{kind}/{record}").text)[number]
    return client.post(f"/differences/{kind}/{record}/choose", data=sent).status_code


def choose_value(laptop: Laptop, kind: str, record: str, words: str) -> int:
    """Tap the button of the first option that says these words, whoever wrote it and when; give the status."""
    client = browser(laptop)
    page = client.get(f"/differences/{kind}/{record}").text
    cards = re.findall(r'<li class="card option.*?</form>', page, re.S)
    options = {card: re.sub(r'<ul class="written">.*?</ul>', "", card, flags=re.S) for card in cards}
    (sent, *_others) = [forms_of(card)[0] for card, option in options.items() if words in words_of(option)]
    return client.post(f"/differences/{kind}/{record}/choose", data=sent).status_code
