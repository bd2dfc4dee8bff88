"""What the centre had applied in an earlier life: a restored centre believes it as far as somebody can show it.

Who wrote something shows the centre's own receipt. It counts for the chain that it names and for no other, else a
device could show it for other revisions under the same numbers; so it is looked at once that chain is held. The word
of another device counts about what that device may read itself: it has seen nothing else.
"""

from sync.branches import stretches
from sync.heads import MAX_LISTED, find_branch
from sync.judging import Origin
from sync.messages import Claim, Receipt
from sync.quarantine import release_quarantined
from sync.revisions import Reference, Revision
from sync.storage import Connection


def weigh_word(connection: Connection, sender: str, claim: Claim) -> Origin:
    """Give what the word of a device in good standing about another's revisions is worth."""
    if connection.value("SELECT 1 FROM incarnation WHERE is_current = 0 LIMIT 1") is None:
        return Origin()  # there was no earlier life
    return Origin(vouched=claim.vouched, disputed=claim.disputed, voucher=sender)


def release_shown(
    connection: Connection, shown: Receipt, incarnation: str, counted: int | None = None
) -> list[tuple[Reference, Revision]]:
    """Apply what a receipt of an earlier life shows to have been applied, and was set aside now.

    Nothing beyond number `counted` is: so far it went when its author was revoked, which that life had forgotten.
    """
    if shown.tip is None or shown.incarnation == incarnation:
        return []
    branch = find_branch(connection, shown.device, shown.epoch, shown.tip)
    if branch is None:
        return []
    never_applied = {tip.sequence for tip in (*shown.refused, *shown.lacking)}
    released = []
    for epoch, first, last in stretches(branch, 1, _reach(shown, counted)):
        rows = connection.rows(
            "SELECT sequence, reason FROM quarantine WHERE device = :device AND epoch = :epoch"
            " AND sequence BETWEEN :first AND :last ORDER BY sequence",
            {"device": shown.device, "epoch": epoch, "first": first, "last": last},
        )
        for row in list(rows):
            if row["sequence"] not in never_applied and not row["reason"].startswith("malformed"):
                reference = Reference(shown.device, epoch, row["sequence"])
                released.append((reference, release_quarantined(connection, reference)))
    return released


def _reach(shown: Receipt, counted: int | None) -> int:
    """Say up to which number a receipt tells what was not applied: its lists have an end."""
    assert shown.tip is not None
    ends = [tips[-1].sequence for tips in (shown.refused, shown.lacking) if len(tips) >= MAX_LISTED]
    return min([shown.tip.sequence, *ends, *([] if counted is None else [counted])])
