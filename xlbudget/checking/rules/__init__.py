"""Rules as instances over cells, evaluated in decimals or as linear forms."""
