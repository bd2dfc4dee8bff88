"""Exchange by USB stick: writing what others lack, reading what they wrote, and carrying for those without network.

What stands on a stick is the business of `sync` (`sticks`, `stocking`, `holdings`, `parking`); here it is put together
for one data folder, shown, and said in words. A stick is believed by nobody and never changed by reading it.
"""
