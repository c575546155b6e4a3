"""How English words are pronounced: hand lexicon, CMU dictionary, derived forms, and a letter-to-sound network."""
