"""The centre: which laptops belong to it, what it gives them, what it set aside. Loaded in the role `central` only."""
