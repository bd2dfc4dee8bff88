"""Tables shipped with the program: units, thresholds, holidays, ethnic groups. Holds files only, no code."""
