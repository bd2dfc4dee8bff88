"""Tries per key, with a clock that the test moves."""

from collector.accounts.throttle import FREE_TRIES, QUIET_SECONDS, Key, Throttle

HEAD = Key("here:head", 30.0)
PHONE = Key("address:192.168.1.7", 900.0)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def wait_through(throttle: Throttle, clock: Clock, tries: int, *keys: Key) -> list[float]:
    """Make wrong tries, waiting as long as told before each; give the waits that were asked for."""
    waits = []
    for _ in range(tries):
        wait = throttle.attempt(*keys)
        if wait:
            waits.append(wait)
            clock.seconds += wait
            assert throttle.attempt(*keys) == 0
    return waits


def test_five_wrong_passwords_are_free_and_then_each_costs_twice_as_long():
    clock = Clock()
    throttle = Throttle(clock)
    assert [throttle.attempt(PHONE) for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES
    assert wait_through(throttle, clock, 10, PHONE) == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_a_refused_try_does_not_lengthen_the_wait():
    clock = Clock()
    throttle = Throttle(clock)
    wait_through(throttle, clock, FREE_TRIES, HEAD)
    assert [throttle.attempt(HEAD) for _ in range(50)] == [5.0] * 50


def test_a_right_password_forgets_the_wrong_ones():
    clock = Clock()
    throttle = Throttle(clock)
    wait_through(throttle, clock, FREE_TRIES + 3, HEAD)
    throttle.forgive(HEAD)
    assert throttle.attempt(HEAD) == 0


def test_one_right_password_does_not_wash_an_address_clean():
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(FREE_TRIES - 1):
        throttle.attempt(PHONE)
    throttle.attempt(PHONE)
    throttle.take_back(PHONE)
    assert throttle.attempt(PHONE) == 0
    assert throttle.attempt(PHONE) == 5


def test_the_longest_wait_of_any_key_counts():
    clock = Clock()
    throttle = Throttle(clock)
    wait_through(throttle, clock, FREE_TRIES, PHONE)
    assert throttle.attempt(HEAD, PHONE) == 5
    assert throttle.attempt(HEAD) == 0


def test_nobody_waits_for_ever_and_quiet_starts_afresh():
    clock = Clock()
    throttle = Throttle(clock)
    wait_through(throttle, clock, 300, HEAD)
    assert throttle.attempt(HEAD) <= 30
    clock.seconds += 30 + QUIET_SECONDS + 1
    assert [throttle.attempt(HEAD) for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES


def test_memory_is_bounded_and_the_most_recent_keys_stay():
    throttle = Throttle(Clock(), size=10)
    for number in range(1_000):
        throttle.attempt(Key(f"address:{number}", 900.0))
    assert len(throttle._tries) == 10
    assert "address:999" in throttle._tries
