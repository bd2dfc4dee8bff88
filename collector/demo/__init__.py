"""An invented village to try everything with. Nothing here is real, and it says so on every page."""
