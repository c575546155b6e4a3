"""Rebuilds the bundled corpus from Debian's Asterisk prompts; the demo itself never imports it."""
