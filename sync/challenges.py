"""The last challenge that the centre gave: whoever signs it proves that a request is new."""

from pathlib import Path

from sync.signing import NO_CHALLENGE


class Challenges:
    """Keeps the centre's last challenge, in a file if there is one, so that the next sync needs one request less."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known = self._read()

    def _read(self) -> bytes:
        try:
            found = self._path.read_bytes() if self._path else b""
        except OSError:
            return NO_CHALLENGE
        return found if len(found) == len(NO_CHALLENGE) else NO_CHALLENGE

    def get(self) -> bytes:
        """Give the last challenge."""
        return self._known

    def put(self, challenge: bytes) -> None:
        """Remember a challenge."""
        self._known = challenge

    def save(self) -> None:
        """Write the last challenge down; where that cannot be, the next sync asks for one."""
        if self._path is not None:
            try:
                self._path.write_bytes(self._known)
            except OSError:
                self._path = None
