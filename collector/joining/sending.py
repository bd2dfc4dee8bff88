"""Sends a request to join to a centre over the network."""


def send_request(address: str, request: bytes) -> bytes:
    """Hand a request in at an address; give the answer, which has to prove itself.

    :raises SyncError: if it is refused, or no centre answers there.
    """
    from sync.client import enrol

    return enrol(address, request)
