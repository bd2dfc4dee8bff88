"""How a laptop comes to belong to a centre: with a code over the network, or by files that somebody carries."""
